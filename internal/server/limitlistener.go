package server

import (
	"container/list"
	"net"
	"net/netip"
	"sync"

	"lxdocker/internal/imageapi"
)

// limitListener lets at most n connections be open at a time. When all are taken, whoever
// holds most of them loses its oldest to a client that holds fewer; a client that holds
// most itself is refused. So nobody locks others out, and a single client can still have
// all that nobody else wants. Reverse proxies, and all on this machine, speak for many
// clients: they lose none, and wait.
func limitListener(l net.Listener, n int, many func(netip.Addr) bool) net.Listener {
	return &limitedListener{Listener: l, most: n, many: many, held: map[string]*list.List{}, freed: make(chan struct{}, 1), closed: make(chan struct{})}
}

type limitedListener struct {
	net.Listener
	most   int
	many   func(netip.Addr) bool // speaks for many clients, beside this machine; nil: nobody
	freed  chan struct{}         // a connection was closed
	closed chan struct{}
	once   sync.Once

	mu   sync.Mutex
	open int
	held map[string]*list.List // of *limitedConn, by client, the oldest first
}

func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		limited := &limitedConn{Conn: c, listener: l, client: l.shareOf(c)}
		for !l.admit(limited) {
			if limited.client != "" {
				_ = c.Close()
				limited = nil
				break
			}
			select {
			case <-l.freed:
			case <-l.closed:
				_ = c.Close()
				return nil, net.ErrClosed
			}
		}
		if limited != nil {
			return limited, nil
		}
	}
}

// admit counts a connection, after it has closed another one if need be. It is false if
// there is no room.
func (l *limitedListener) admit(c *limitedConn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open >= l.most {
		loser := l.heaviest()
		if loser == nil || c.client != "" && loser.Len() <= l.holds(c.client)+1 {
			return false
		}
		oldest := loser.Front().Value.(*limitedConn)
		l.forget(oldest)
		_ = oldest.Conn.Close()
	}
	l.open++
	if c.client != "" {
		if l.held[c.client] == nil {
			l.held[c.client] = list.New()
		}
		c.place = l.held[c.client].PushBack(c)
	}
	return true
}

// heaviest returns the connections of the client that holds most; nil if only this
// machine holds any.
func (l *limitedListener) heaviest() (most *list.List) {
	for _, held := range l.held {
		if most == nil || held.Len() > most.Len() {
			most = held
		}
	}
	return most
}

func (l *limitedListener) holds(client string) int {
	if held := l.held[client]; held != nil {
		return held.Len()
	}
	return 0
}

// forget stops counting a connection. The caller has mu.
func (l *limitedListener) forget(c *limitedConn) {
	if c.forgotten {
		return
	}
	c.forgotten = true
	l.open--
	if held := l.held[c.client]; held != nil {
		if held.Remove(c.place); held.Len() == 0 {
			delete(l.held, c.client)
		}
	}
	select {
	case l.freed <- struct{}{}:
	default:
	}
}

// shareOf returns the client that a connection counts for; "" for those that speak for many.
func (l *limitedListener) shareOf(c net.Conn) string {
	at, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil || at.Addr().Unmap().IsLoopback() || l.many != nil && l.many(at.Addr()) {
		return ""
	}
	return imageapi.ShareOf(at.Addr())
}

func (l *limitedListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

type limitedConn struct {
	net.Conn
	listener  *limitedListener
	client    string
	place     *list.Element // in what its client holds
	forgotten bool          // guarded by the listener's mu
}

func (c *limitedConn) Close() error {
	c.listener.mu.Lock()
	c.listener.forget(c)
	c.listener.mu.Unlock()
	return c.Conn.Close()
}
