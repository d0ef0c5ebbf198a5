package server

import (
	"context"
	"maps"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A client that reads next to nothing cannot have its download before the server has to end;
// all it does is to delay the end. When the server is to end, connections whose clients do not
// take what waits for them are therefore closed soon, and only others have the rest of the time.

// leastProgress is how many bytes a client has to take between two looks, of defaultLimits: 8 KiB
// in a second. The kernel holds more than that for whoever is slower, so that the end of the
// download would not come in time.
const leastProgress = 16 << 10

// movingListener knows its open connections.
type movingListener struct {
	net.Listener
	mu   sync.Mutex
	open map[*movingConn]struct{}
}

func newMovingListener(l net.Listener) *movingListener {
	return &movingListener{Listener: l, open: map[*movingConn]struct{}{}}
}

func (l *movingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	m := &movingConn{Conn: c, listener: l}
	l.mu.Lock()
	l.open[m] = struct{}{}
	l.mu.Unlock()
	return m, nil
}

type movingConn struct {
	net.Conn
	listener *movingListener
}

func (c *movingConn) Close() error {
	c.listener.mu.Lock()
	delete(c.listener.open, c)
	c.listener.mu.Unlock()
	return c.Conn.Close()
}

// closeStill looks at connections every while, and closes those whose clients take nothing, until
// ctx ends. It returns how many these were.
func (l *movingListener) closeStill(ctx context.Context, every time.Duration) (closed int) {
	before := l.look()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return closed
		case <-tick.C:
		}
		now := l.look()
		for c, q := range now {
			if was, known := before[c]; known && q.still(was) {
				_ = c.Close()
				closed++
			}
		}
		before = now
	}
}

// closeAll closes all connections, whatever waits in them.
func (l *movingListener) closeAll() {
	l.mu.Lock()
	open := slices.Collect(maps.Keys(l.open))
	l.mu.Unlock()
	for _, c := range open {
		_ = c.Close()
	}
}

// queue is what a client has acknowledged of what was sent to it, in bytes, and what the kernel
// could not send yet because the client or the link does not take it.
type queue struct {
	acknowledged uint64
	waiting      uint32
}

// still says whether a client has hardly taken anything since an earlier look. One for whom
// nothing waits is no slow client: it waits for this server.
func (q queue) still(was queue) bool {
	return q.waiting > 0 && was.waiting > 0 && q.acknowledged-was.acknowledged < leastProgress
}

// look returns the queues of connections, if they have any.
func (l *movingListener) look() map[*movingConn]queue {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := map[*movingConn]queue{}
	for c := range l.open {
		if q, known := queueOf(c.Conn); known {
			all[c] = q
		}
	}
	return all
}

func queueOf(c net.Conn) (q queue, known bool) {
	s, ok := c.(syscall.Conn)
	if !ok {
		return q, false
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return q, false
	}
	_ = raw.Control(func(fd uintptr) {
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			q, known = queue{info.Bytes_acked, info.Notsent_bytes}, true
		}
	})
	return q, known
}
