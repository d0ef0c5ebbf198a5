package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"lxdocker/internal/server/certificate"
)

// announcement is what a person needs to know to use the server.
type announcement struct {
	dir         string
	images      int // at the start; an image for two architectures counts twice
	listening   net.Addr
	own         bool // the certificate is of our making
	cert        string
	fingerprint string
	expires     time.Time
	onDemand    []string // patterns of what is converted when asked for
	prefix      string   // of paths; "" for none
	logins      bool     // clients have to log in
	names       []certificate.Name
}

const ownText = `certificate  %[1]s
             made by imgserver, good until %[2]s
fingerprint  %[3]s

On the clients (for Incus, incus instead of lxc); compare the fingerprint they show:
  lxc remote add hub %[5]s --public
  lxc image list hub:

With simplestreams instead, clients do not ask: copy the certificate to them first.
  install -D -m 644 %[4]s ~/.config/lxc/servercerts/hub.crt
  lxc remote add hub %[5]s --protocol simplestreams
(Incus: ~/.config/incus; the LXD of the snap: ~/snap/lxd/common/config. From another machine:
  openssl s_client -connect %[6]s </dev/null 2>/dev/null | openssl x509 >hub.crt)

`

const givenText = `certificate  %[1]s
fingerprint  %[2]s

LXD:    lxc remote add hub %[3]s --public
Incus:  incus remote add hub %[3]s --public
(or --protocol simplestreams instead of --public)

`

const onlyStreams = `certificate  %[1]s
fingerprint  %[2]s

LXD's own protocol carries %[3]s: clients use simplestreams. A certificate
that they do not trust already has to be copied to them as servercerts/hub.crt.
LXD:    lxc remote add hub %[4]s --protocol simplestreams
Incus:  incus remote add hub %[4]s --protocol simplestreams

`

// announce prints how to use the server. The last line says that it answers
// from now on, and on which address, for scripts that wait for it.
func announce(w io.Writer, a announcement) {
	address := reachable(a.listening)
	url := "https://" + address
	if a.prefix != "" || a.logins {
		carries, to := "no path", url+a.prefix
		if a.logins {
			carries, to = "no login", "https://USER:PASSWORD@"+address+a.prefix
		}
		fmt.Fprintf(w, onlyStreams, a.cert, a.fingerprint, carries, to)
	} else if a.own {
		fmt.Fprintf(w, ownText, a.cert, a.expires.Format(time.DateOnly), a.fingerprint, quote(a.cert), url, address)
	} else {
		fmt.Fprintf(w, givenText, a.cert, a.fingerprint, url)
	}
	announceNames(w, a)
	if len(a.onDemand) > 0 {
		fmt.Fprintf(w, "on demand    %s\n\n", strings.Join(a.onDemand, " "))
	}
	fmt.Fprintf(w, "ready on https://%s, serving %s (images: %d)\n", a.listening, a.dir, a.images)
}

// reachable is an address that clients can use: "all addresses" is none.
func reachable(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
		if name, err := os.Hostname(); err == nil && name != "" {
			host = name
		}
	}
	return net.JoinHostPort(host, port)
}

// quote makes a path one word of a shell.
func quote(path string) string {
	plain := func(r rune) bool {
		return strings.ContainsRune("/._-+@:,=", r) || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	if strings.IndexFunc(path, func(r rune) bool { return !plain(r) }) < 0 {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
