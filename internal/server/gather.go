package server

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// crypto/tls hands each record, of up to 16 KiB, to the connection by itself, and for the
// kernel a write costs about as much as the encryption of what is written. Records of a
// download are therefore gathered, and sent together.

const (
	// gathered is how many bytes of a file are sent at once, in chunks.
	gathered = 4 * chunk
	// overhead is more than what TLS adds to them: 22 bytes to a record in version 1.3, and
	// 29 in 1.2. Records are of 1,200 bytes at the begin of a connection (dynamic sizing).
	overhead = gathered / 1200 * 30
	// mostGatherers is how many responses may gather at a time, with a buffer of 132 KiB each,
	// or have a chunk in memory with HTTP/2. Others are sent in smaller pieces, which takes more
	// time.
	mostGatherers = 64
	// swift is how long a piece may take for the next one to be larger. A client that reads
	// slowly would hold memory that others need.
	swift = 100 * time.Millisecond
)

// gatherListener makes connections that can gather.
type gatherListener struct{ net.Listener }

func (l gatherListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &gatherConn{Conn: c}, nil
}

// gatherConn sends what is written at once or, between begin and end, together.
type gatherConn struct {
	net.Conn
	mu      sync.Mutex
	records *[]byte // what was gathered; nil: that is not asked for
	err     error   // the first, after which nothing may follow: it would be in the middle of a record
}

func (c *gatherConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return 0, c.err
	}
	if c.records != nil && len(*c.records)+len(p) <= cap(*c.records) {
		*c.records = append(*c.records, p...)
		return len(p), nil
	}
	if c.flush(); c.err != nil {
		return 0, c.err
	}
	n, err := c.Conn.Write(p)
	c.err = err
	return n, err
}

// flush sends what was gathered. It may take as long as all the chunks in it would: the time
// for a chunk begins again with each that was sent. The caller has mu.
func (c *gatherConn) flush() {
	if c.records == nil {
		return
	}
	for rest := *c.records; len(rest) > 0 && c.err == nil; {
		n, err := c.Conn.Write(rest)
		rest = rest[n:]
		if errors.Is(err, os.ErrDeadlineExceeded) && n >= chunk {
			err = c.Conn.SetWriteDeadline(time.Now().Add(stall))
		}
		c.err = err
	}
	*c.records = (*c.records)[:0]
}

var (
	gatherers atomic.Int64 // how many there are
	buffers   = sync.Pool{New: func() any {
		b := make([]byte, 0, gathered+overhead)
		return &b
	}}
)

// enter makes a response one of those that may have much in memory, if there is room; leave
// ends that.
func enter() bool {
	if gatherers.Add(1) > mostGatherers {
		leave()
		return false
	}
	return true
}

func leave() { gatherers.Add(-1) }

// begin begins to gather.
func (c *gatherConn) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.records = buffers.Get().(*[]byte)
}

// end sends what was gathered since begin.
func (c *gatherConn) end() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flush()
	buffers.Put(c.records)
	c.records = nil
	return c.err
}

// gatherKey is that of the connection in the context of its requests.
type gatherKey struct{}

func withGatherConn(ctx context.Context, c net.Conn) context.Context {
	if t, ok := c.(*tls.Conn); ok {
		if g, ok := t.NetConn().(*gatherConn); ok {
			return context.WithValue(ctx, gatherKey{}, g)
		}
	}
	return ctx
}

// gatherConnOf is the connection that carries a response and nothing else meanwhile: one of
// HTTP/2 has several, and writes when it likes. It is nil if there is none.
func gatherConnOf(r *http.Request) *gatherConn {
	g, _ := r.Context().Value(gatherKey{}).(*gatherConn)
	if r.ProtoMajor != 1 {
		return nil
	}
	return g
}
