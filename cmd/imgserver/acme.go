package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"lxdocker/internal/config"
	"lxdocker/internal/server"
	"lxdocker/internal/server/acme"
	"lxdocker/internal/server/certificate"
)

// certificates are what clients see: that of an authority if they ask for a name that has one, and
// otherwise the pair, which those know that have added the server by an address or another name.
type certificates struct {
	pair  *certificate.Pair
	names *acme.Manager // nil: there are none
}

func (o *options) certificates(folder string, pair *certificate.Pair, now func() time.Time, log *slog.Logger) (certificates, error) {
	names, err := o.ACME.Manager(ownTLS(folder), now, log)
	if names == nil && err == nil {
		// There may have been names before.
		if err := certificate.WriteNames(ownTLS(folder), nil); err != nil {
			log.Warn("`lxdocker status` goes on to show certificates that are not served any more", "error", err)
		}
	}
	return certificates{pair, names}, err
}

func (c certificates) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if found := c.names.Get(hello); found != nil {
		return found, nil
	}
	return c.pair.Get(hello)
}

// config is what the listener accepts. The protocol by which an authority verifies a name is
// offered only while it does.
func (c certificates) config() *tls.Config {
	config := server.TLS(c.get)
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		answer := c.names.Challenge(hello)
		if answer == nil {
			return nil, nil
		}
		one := server.TLS(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return answer, nil })
		one.NextProtos = []string{acme.Protocol}
		return one, nil
	}
	return config
}

// expires is when the first of the certificates ends.
func (c certificates) expires() time.Time {
	first := c.pair.Expires()
	for _, n := range c.names.Names() {
		if n.Fingerprint != "" && n.Until.Before(first) {
			first = n.Until
		}
	}
	return first
}

// without is how many names have no certificate of the authority that is valid.
func (c certificates) without() int {
	names := slices.DeleteFunc(c.names.Names(), func(n certificate.Name) bool { return n.Fingerprint != "" && n.Until.After(time.Now()) })
	return len(names)
}

// announceNames prints how clients use names that have certificates of an authority.
func announceNames(w io.Writer, a announcement) {
	if len(a.names) == 0 {
		return
	}
	_, port, _ := net.SplitHostPort(a.listening.String())
	fmt.Fprint(w, "By these names clients see a certificate of an authority that they may know, and\nthere is nothing to be compared:\n")
	for _, n := range a.names {
		state := "requested now; until it is there, they see the one above"
		if n.Fingerprint != "" {
			state = "good until " + n.Until.Format(time.DateOnly) + ", renewed by imgserver"
		}
		fmt.Fprintf(w, "  https://%s  (%s)\n", net.JoinHostPort(n.Name, port), state)
	}
	fmt.Fprintln(w)
}

// checkACME says what a start could not do, and what nobody can see from here.
func checkACME(o *config.ServeFlags, w io.Writer) error {
	if len(o.ACME.Domains) == 0 {
		return nil
	}
	if _, err := o.ACME.Roots(); err != nil {
		return err
	}
	if _, err := o.ACME.Account(); err != nil {
		return err
	}
	images, err := filepath.Abs(o.Images)
	if err != nil {
		return fmt.Errorf("finding the folder %s: %w", o.Images, err)
	}
	if err := writable(ownTLS(images)); err != nil {
		return fmt.Errorf("certificates for --acme-domain are kept in %s, in which this user cannot write: %w", ownTLS(images), err)
	}
	_, err = fmt.Fprintf(w, "the authority connects to port 443 of %s, which has to lead here; imgserver listens on %s, or on a socket of systemd\n",
		strings.Join(o.ACME.Domains, ", "), o.Address)
	return err
}

// writable says why a folder, or the one in which it is to be made, cannot be written.
func writable(folder string) error {
	for {
		_, err := os.Stat(folder)
		above := filepath.Dir(folder)
		if !os.IsNotExist(err) || above == folder {
			break
		}
		folder = above
	}
	const writeAndEnter = 3 // W_OK and X_OK of access(2)
	if err := syscall.Access(folder, writeAndEnter); err != nil {
		return &os.PathError{Op: "access", Path: folder, Err: err}
	}
	return nil
}
