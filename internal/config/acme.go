package config

import (
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"lxdocker/internal/command"
	"lxdocker/internal/server/acme"
	"lxdocker/internal/settings"
)

// ACMEFlags say for which names an authority is asked for certificates.
type ACMEFlags struct {
	Domains                       []string
	email, directory, ca, account string
}

// Register adds the flags to those of a command.
func (o *ACMEFlags) Register(f *pflag.FlagSet) {
	f.StringArrayVar(&o.Domains, "acme-domain", nil, "get clients that ask for this `NAME` a certificate that they trust, by ACME, and renew it; all others see the one of before (repeatable)")
	f.StringVar(&o.directory, "acme-directory", acme.LetsEncrypt, "`URL` of the ACME server for --acme-domain, whose terms of service you agree to")
	f.StringVar(&o.email, "acme-email", "", "`ADDRESS` that the authority of --acme-domain may write to")
	f.StringVar(&o.ca, "acme-ca", "", "`FILE` with the authorities that the server of --acme-directory is trusted by, PEM (default: those of the system)")
	f.StringVar(&o.account, "acme-account", "", "`FILE` with what the authority of --acme-domain has given you for your account there, if it wants that: an identifier and a key (external account binding)")
	settings.Check(f, "acme-domain", func() error {
		for i, name := range o.Domains {
			if err := acme.CheckDomain(name); err != nil {
				return err
			}
			if slices.ContainsFunc(o.Domains[:i], func(other string) bool { return strings.EqualFold(other, name) }) {
				return fmt.Errorf("%s is there twice", name)
			}
		}
		return nil
	})
	settings.Check(f, "acme-directory", func() error { return acme.CheckDirectory(o.directory) })
	settings.Check(f, "acme-email", func() error {
		if a, err := mail.ParseAddress(o.email); o.email != "" && (err != nil || a.Address != o.email) {
			return errors.New("it is an address like hub@example.org")
		}
		return nil
	})
}

// check finds what is wrong with the flags together.
func (o *ACMEFlags) check() error {
	switch {
	case len(o.Domains) > 0:
	case o.email != "":
		return command.Usagef("--acme-email needs --acme-domain NAME: no authority is asked for a certificate without it")
	case o.ca != "":
		return command.Usagef("--acme-ca needs --acme-domain NAME: no authority is asked for a certificate without it")
	case o.account != "":
		return command.Usagef("--acme-account needs --acme-domain NAME: no authority is asked for a certificate without it")
	case o.directory != acme.LetsEncrypt:
		return command.Usagef("--acme-directory needs --acme-domain NAME: no authority is asked for a certificate without it")
	}
	return nil
}

// Manager has certificates for the names, which are kept below a folder, and renews them by the
// clock now; nil if there are no names.
func (o *ACMEFlags) Manager(folder string, now func() time.Time, log *slog.Logger) (*acme.Manager, error) {
	if len(o.Domains) == 0 {
		return nil, nil
	}
	roots, err := o.Roots()
	if err != nil {
		return nil, err
	}
	binding, err := o.Account()
	if err != nil {
		return nil, err
	}
	return acme.New(acme.Options{
		Folder: folder, Domains: o.Domains, Directory: o.directory, Email: o.email, Binding: binding, Roots: roots, Now: now, Log: log,
	}), nil
}

// Account is a person's at the authority; nil if none is named.
func (o *ACMEFlags) Account() (*acme.Binding, error) {
	if o.account == "" {
		return nil, nil
	}
	return acme.ReadBinding(o.account)
}

// Roots are what the ACME server is trusted by; nil: those of the system.
func (o *ACMEFlags) Roots() (*x509.CertPool, error) {
	if o.ca == "" {
		return nil, nil
	}
	text, err := os.ReadFile(o.ca)
	if err != nil {
		return nil, fmt.Errorf("reading the authorities of --acme-ca: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("reading the authorities of --acme-ca: %s has no PEM block of a certificate", o.ca)
	}
	return roots, nil
}
