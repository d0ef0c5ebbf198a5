package main

import (
	"crypto/tls"
	"crypto/x509"
	"io/fs"
	"net"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"lxdocker/internal/server/acme/acmetest"
	"lxdocker/internal/server/certificate"
)

// named is a name of a simulated server, with certificates of a real authority. The authority
// lives outside of the bubble, and so does the listener at which it verifies the name.
//
// The clock of the authority is that of the machine: what it gives is valid from today. So the
// server renews by a clock that goes with the time of the bubble, and begins today. What makes a
// certificate due on another day is its life, for which the authority is started anew. It has then
// forgotten the account, and has another root.
type named struct {
	authority *acmetest.Authority
	listener  net.Listener
	shown     atomic.Pointer[tls.Config]
	roots     *x509.CertPool
	began     time.Time // by the clock
	ahead     time.Duration
	outside   chan func()
	done      chan struct{}
}

func newNamed(t *testing.T) *named {
	t.Helper()
	// It begins a little later, so that all certificates are valid by then.
	n := &named{authority: acmetest.New(t), roots: x509.NewCertPool(), began: time.Now().Add(time.Hour), outside: make(chan func()), done: make(chan struct{})}
	var err error
	if n.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.listener.Close(); close(n.outside) })
	go func() {
		for do := range n.outside {
			go func() {
				defer func() { n.done <- struct{}{} }() // also if it ends the test
				do()
			}()
		}
	}()
	go n.accept()
	return n
}

// enter is called in the bubble when its time begins.
func (n *named) enter() { n.ahead = time.Until(n.began) }

// clock is the time by which certificates are good or due.
func (n *named) clock() time.Time { return time.Now().Add(n.ahead) }

// show has clients see the certificates of a server.
func (n *named) show(c certificates) { n.shown.Store(c.config()) }

// accept ends with the handshake: what answers requests belongs to the bubble.
func (n *named) accept() {
	for {
		c, err := n.listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			if config := n.shown.Load(); config != nil {
				_ = tls.Server(c, config).Handshake()
			}
		}()
	}
}

// do does something outside of the bubble, which waits for that: otherwise the processes and
// connections of the authority stopped its time.
func (n *named) do(what func()) {
	n.outside <- what
	<-n.done
}

// start starts the authority, whose certificates are due at that time of the simulated days from
// now on.
func (n *named) start(due time.Duration) {
	n.do(func() {
		n.authority.Stop()
		n.authority.Validity = due * 3 / 2 // a third of its life before its end
		n.authority.Start(acmetest.Port(n.listener.Addr()))
		n.roots.AppendCertsFromPEM(n.authority.RootPEM())
	})
}

func (n *named) stop() { n.do(n.authority.Stop) }

// ask is what a client sees that asks for the name, and trusts the authority.
func (n *named) ask() (*x509.Certificate, error) {
	c, err := tls.Dial("tcp", n.listener.Addr().String(), &tls.Config{ServerName: hubName, RootCAs: n.roots, Time: n.clock})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0], nil
}

// Days on which the certificate is to be another one, the last of them because the authority is
// away on the day before, and comes back at its end.
const (
	firstDay, secondDay, awayDay, thirdDay, fourthDay = 1, 6, 12, 13, 18

	noon = 12 * time.Hour
)

// schedule does what is to happen to the authority after a day. Before the first, that is 0.
func (n *named) schedule(day int) {
	at := func(day int) time.Duration { return time.Duration(day-1)*24*time.Hour + noon }
	switch day {
	case 0:
		n.start(at(secondDay))
	case secondDay - 3:
		n.start(at(awayDay))
	case awayDay - 1:
		n.stop()
	case awayDay:
		n.start(at(fourthDay))
	case fourthDay - 3:
		n.start(at(100))
	}
}

// seen is what was seen at the end of a day.
type seen struct {
	certificate *x509.Certificate
	orders      int
	files       []string
}

// look looks at the end of a day whether the certificate is as it should be, and nothing piles up.
func (s *simulated) look(day int, before seen) (now seen) {
	s.t.Helper()
	n := s.named
	var err error
	if now.certificate, err = n.ask(); err != nil {
		s.t.Fatalf("at the end of day %d clients of the name see: %v\n%s\n%s", day, err, s.said(), n.authority.Log())
	}
	now.orders = n.authority.Orders()
	renewed := slices.Contains([]int{firstDay, secondDay, thirdDay, fourthDay}, day)
	if before.certificate != nil && renewed == now.certificate.Equal(before.certificate) || renewed != (now.orders > before.orders) {
		s.t.Errorf("on day %d the certificate is valid until %v, and there were %d orders after %d\n%s", day, now.certificate.NotAfter, now.orders, before.orders, s.said())
	}
	names, err := certificate.ReadNames(ownTLS(s.Images), n.clock())
	if err != nil || len(names) != 1 || names[0].Problem != "" || !names[0].Until.Equal(now.certificate.NotAfter) || (names[0].Failure != nil) != (day == awayDay) {
		s.t.Errorf("on day %d the note is %+v, %v", day, names, err)
	}
	err = filepath.WalkDir(ownTLS(s.Images), func(path string, _ fs.DirEntry, err error) error {
		now.files = append(now.files, path)
		return err
	})
	if err != nil || before.files != nil && !slices.Equal(now.files, before.files) {
		s.t.Errorf("at the end of day %d there are %v, %v; they were %v", day, now.files, err, before.files)
	}
	return now
}
