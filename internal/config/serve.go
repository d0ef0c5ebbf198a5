package config

import (
	"errors"
	"net"
	"time"

	"github.com/spf13/pflag"

	"lxdocker/internal/command"
	"lxdocker/internal/server/monitor"
	"lxdocker/internal/settings"
)

// ServeFlags say what imgserver serves, and where.
type ServeFlags struct {
	DemandFlags
	Access                                       AccessFlags
	ACME                                         ACMEFlags
	Images, Address, Key, Cert, LogFormat, Admin string
	Debug                                        bool
	VerifyEvery                                  time.Duration
}

// Register adds the flags to those of a command.
func (o *ServeFlags) Register(f *pflag.FlagSet) {
	f.StringVar(&o.Images, "lxdimages", "", "the `DIR` that lxdocker publishes to (required)")
	f.StringVar(&o.Address, "address", ":443", "where to listen: `HOST:PORT`, or :PORT for all addresses; port 0 takes a free one; a socket of systemd takes its place")
	f.StringVar(&o.Admin, "admin-address", "", "where to answer /metrics, /healthz and /readyz by plain HTTP, for this machine alone: `HOST:PORT` of loopback, or unix:/path (default: nowhere)")
	f.StringVar(&o.Key, "key", "", "`FILE` with the private key of --cert, PEM")
	f.StringVar(&o.Cert, "cert", "", "`FILE` with the certificate and its chain, PEM")
	f.StringVar(&o.LogFormat, "log-format", "text", "`FORMAT` of the log on standard error: text or json")
	f.DurationVar(&o.VerifyEvery, "verify-every", 7*24*time.Hour, "read all that is published in this `DURATION`, slowly, and stop offering what is damaged; 0 for never")
	f.BoolVar(&o.Debug, "debug", false, "also log failed handshakes and malformed requests")
	settings.Check(f, "address", func() error {
		if _, _, err := net.SplitHostPort(o.Address); err != nil {
			return errors.New("it is HOST:PORT or :PORT")
		}
		return nil
	})
	settings.Check(f, "admin-address", func() error {
		if o.Admin == "" {
			return nil
		}
		return monitor.Check(o.Admin)
	})
	settings.Words(f, "log-format", "text", "json")
	settings.AtLeast(f, "verify-every", 0, "0 is never")
	o.Access.Register(f)
	o.ACME.Register(f)
	o.DemandFlags.Register(f)
}

// Divides says whether there are rules that tell clients apart: then none learns what others
// ask for.
func (o *ServeFlags) Divides() bool { return len(o.OnDemandFor) > 0 || o.Access.users != "" }

// Check finds what is wrong with the flags together.
func (o *ServeFlags) Check() error {
	switch {
	case o.Images == "":
		return command.Usagef("which folder? Say --lxdimages DIR, the same as to lxdocker, or write `lxdimages: DIR` into %s once", File)
	case o.Key != "" && o.Cert == "":
		return command.Usagef("--key needs --cert as well (or leave both out)")
	case o.Cert != "" && o.Key == "":
		return command.Usagef("--cert needs --key as well (or leave both out)")
	}
	if err := o.Access.check(); err != nil {
		return err
	}
	if err := o.ACME.check(); err != nil {
		return err
	}
	if o.usersHaveRights() && o.Access.users == "" {
		return command.Usagef("--on-demand-for USER=PATTERN needs --users FILE: nobody can log in without it")
	}
	return o.DemandFlags.Check()
}
