package server

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
)

// crowd is a listener of connections from addresses that a test names.
type crowd chan string

func (s crowd) Accept() (net.Conn, error) {
	from, ok := "", true
	for from == "" && ok { // "" only says that all before were seen to
		from, ok = <-s
	}
	if !ok {
		return nil, net.ErrClosed
	}
	a, _ := net.Pipe()
	return fromAddress{a, from}, nil
}

func (s crowd) Close() error   { return nil }
func (s crowd) Addr() net.Addr { return nil }

type fromAddress struct {
	net.Conn
	from string
}

func (s fromAddress) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(s.from), 1))
}

func TestNobodyLocksOthersOut(t *testing.T) {
	from := make(crowd)
	l := limitListener(from, 100, func(netip.Addr) bool { return false }).(*limitedListener)
	accepted := make(chan net.Conn, 10_000)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- c
		}
	}()
	holds := func(client string) int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.holds(client)
	}
	connect := func(client string, n int) {
		for range n {
			from <- client
		}
		from <- ""
	}
	connect("192.0.2.1", 200)
	if n := holds("192.0.2.1"); n != 100 {
		t.Errorf("a single client has %d of 100 connections", n)
	}
	for i := range 40 {
		connect(fmt.Sprintf("198.51.100.%d", i), 20)
	}
	connect("203.0.113.1", 1)
	connect("192.0.2.1", 50) // takes nothing from whoever has less
	if n := holds("203.0.113.1"); n != 1 {
		t.Errorf("an honest client beside 41 others has %d of 1 connections", n)
	}
	if n := holds("192.0.2.1"); n > 4 {
		t.Errorf("one of 42 clients has %d of 100 connections", n)
	}
	connect("2001:db8::1", 10)
	connect("2001:db8::ffff:1", 10)
	connect("203.0.113.1", 1)
	if n := holds("2001:db8::/64"); n < 1 || n > 4 {
		t.Errorf("two addresses of one network have %d connections", n)
	}
	connect("127.0.0.1", 90) // a proxy takes what it needs, and all others go on
	close(from)
	open := 0
	for c := range accepted {
		_ = c.Close()
		_ = c.Close() // counts once
		open++
	}
	if l.open != 0 || len(l.held) != 0 {
		t.Errorf("after all were closed, %d are open, of %d clients", l.open, len(l.held))
	}
}
