package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// held is what became of connections that were to be held.
type held struct {
	Idle, Slow int64 // that are open
	Lost       int64 // that the server closed, all told
	Bytes      int64 // that the slow ones read
}

// A slow client whose connection was closed makes another one after again. An idle one does so
// only if it had it for as long as a server may let it be idle: one that was closed to make
// room for others is not missed by its client.
const (
	again = 5 * time.Second
	spent = 20 * time.Second
)

// Slow clients read slice bytes in each pause: 4 KiB in a second.
const (
	slice = 1 << 10
	pause = 250 * time.Millisecond
)

// holder holds connections of several clients.
type holder struct {
	target
	idle, slow, lost atomic.Int64
	bytes            atomic.Int64
}

// holds opens connections, says when they are open for the first time, and keeps them until
// standard input ends. Slow ones come from addresses of their own.
func holds(ctx context.Context, t target, idle, slow, addresses int) (held, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h := &holder{target: t}
	var running, opened sync.WaitGroup
	turns := make(chan struct{}, 8) // handshakes at a time
	for n := range idle + slow {
		opened.Add(1)
		running.Go(func() {
			from, keep, count, patience := n%addresses, h.doNothing, &h.idle, spent
			if n >= idle {
				from, keep, count, patience = addresses+n%addresses, h.readSlowly, &h.slow, 0
			}
			first := sync.OnceFunc(opened.Done)
			defer first()
			for ctx.Err() == nil {
				began := time.Now()
				turns <- struct{}{}
				c, err := h.open(ctx, from)
				<-turns
				first() // one that is refused is not waited for
				if err == nil {
					h.stay(ctx, c, count, keep)
				}
				if err == nil && time.Since(began) < patience {
					return
				}
				select {
				case <-ctx.Done():
				case <-time.After(again):
				}
			}
		})
	}
	opened.Wait()
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	result := held{h.idle.Load(), h.slow.Load(), h.lost.Load(), h.bytes.Load()}
	cancel()
	running.Wait()
	return result, nil
}

// open connects, with so small a buffer that what is not read stays with the server.
func (h *holder) open(ctx context.Context, from int) (net.Conn, error) {
	c, err := h.dialer(from).DialContext(ctx, "tcp", h.server)
	if err != nil {
		return nil, err
	}
	_ = c.(*net.TCPConn).SetReadBuffer(8 << 10)
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	t := tls.Client(c, h.config())
	if err := t.HandshakeContext(ctx); err != nil {
		_ = c.Close()
		return nil, err
	}
	return t, nil
}

// stay counts a connection as long as it is open, and closes it when ctx ends.
func (h *holder) stay(ctx context.Context, c net.Conn, count *atomic.Int64, keep func(context.Context, net.Conn)) {
	_ = c.SetDeadline(time.Time{})
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	defer c.Close()
	count.Add(1)
	keep(ctx, c)
	count.Add(-1)
	if ctx.Err() == nil {
		h.lost.Add(1)
	}
}

// doNothing waits until the server closes the connection. A request came first: an idle
// connection of a server is one between two requests.
func (h *holder) doNothing(_ context.Context, c net.Conn) {
	_, _ = fmt.Fprintf(c, "HEAD %s HTTP/1.1\r\nHost: %s\r\n\r\n", h.path, h.server)
	_, _ = io.Copy(io.Discard, c)
}

// readSlowly downloads the path.
func (h *holder) readSlowly(ctx context.Context, c net.Conn) {
	_, _ = fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", h.path, h.server)
	for {
		n, err := io.CopyN(io.Discard, c, slice)
		h.bytes.Add(n)
		if err != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}
