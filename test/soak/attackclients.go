package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// attacker is a client of one address who means harm.
type attacker struct {
	*siege
	address int
}

func (a *attacker) askForBombs(ctx context.Context, round int) {
	name := one(a.registries.bombs.names)
	a.ask(ctx, "image: "+name, fmt.Sprintf("%s/%s:%d-%d", a.registries.bombs.host, name, a.address, round))
}

func (a *attacker) askSlowRegistries(ctx context.Context, round int) {
	name := one(slowNames)
	a.ask(ctx, "registry: "+name, fmt.Sprintf("%s/%s:%d-%d", a.registries.hostOf(name), name, a.address, round))
}

// ask asks for an image, and goes away before the answer now and then.
func (a *attacker) ask(ctx context.Context, what, name string) {
	within, cancel := context.WithTimeout(ctx, one([]time.Duration{time.Second, time.Minute, 10 * time.Minute}))
	defer cancel()
	status, _ := a.get(within, "/1.0/images/"+url.PathEscape(name))
	outcome := fmt.Sprint(status)
	if status == 0 {
		if outcome = "no connection"; within.Err() != nil {
			outcome = "went away"
		}
	}
	if ctx.Err() != nil {
		return
	}
	a.counts.add(what, outcome)
	switch status {
	case 0, http.StatusServiceUnavailable, http.StatusTooManyRequests:
		pause(ctx, time.Second+rand.N(2*time.Second))
	}
}

func (a *attacker) get(ctx context.Context, path string) (status int, n int64) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+a.server+path, nil)
	if err != nil {
		return 0, 0
	}
	response, err := clientOf(a.address).Do(request)
	if err != nil {
		return 0, 0
	}
	defer response.Body.Close()
	n, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode, n
}

// dial connects, with so small a buffer that what is not read stays with the server.
func (a *attacker) dial(ctx context.Context) net.Conn {
	c, err := dialer(a.address).DialContext(ctx, "tcp", a.server)
	if err != nil {
		pause(ctx, time.Second)
		return nil
	}
	_ = c.(*net.TCPConn).SetReadBuffer(4 << 10)
	return c
}

func (a *attacker) handshake(ctx context.Context) net.Conn {
	c := a.dial(ctx)
	if c == nil {
		return nil
	}
	t := tls.Client(c, &tls.Config{InsecureSkipVerify: true})
	within, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if t.HandshakeContext(within) != nil {
		_ = c.Close()
		pause(ctx, time.Second)
		return nil
	}
	return t
}

// readSlowly downloads an image, some bytes now and then.
func (a *attacker) readSlowly(ctx context.Context, _ int) {
	c := a.handshake(ctx)
	if c == nil {
		return
	}
	defer c.Close()
	_, _ = fmt.Fprintf(c, "GET /1.0/images/%s/export HTTP/1.1\r\nHost: x\r\n\r\n", url.PathEscape(a.known))
	a.hold(ctx, c, "reads slowly", func() error {
		_, err := io.CopyN(io.Discard, c, 512)
		return err
	})
}

// sendHalf sends the beginning of something, and the rest so slowly that it never ends.
func (a *attacker) sendHalf(ctx context.Context, round int) {
	kinds := []string{"nothing", "half a handshake", "half a header", "a header for ever", "a body for ever"}
	kind := kinds[round%len(kinds)]
	var c net.Conn
	if round%len(kinds) < 2 {
		c = a.dial(ctx)
	} else {
		c = a.handshake(ctx)
	}
	if c == nil {
		return
	}
	defer c.Close()
	begin, more := "", ""
	switch kind {
	case "half a handshake":
		begin = "\x16\x03\x01\x02\x00\x01"
	case "half a header":
		begin = "GET / HTTP/1.1\r\nHost: "
	case "a header for ever":
		begin, more = "GET / HTTP/1.1\r\nHost: x\r\n", "X: y\r\n"
	case "a body for ever":
		begin, more = "POST /1.0/images HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n", "x"
	}
	_, _ = io.WriteString(c, begin)
	a.hold(ctx, c, "sends "+kind, func() error {
		_, err := io.WriteString(c, more)
		return err
	})
}

// hold keeps a connection until the server ends it, and does something each second.
func (a *attacker) hold(ctx context.Context, c net.Conn, what string, do func() error) {
	began := time.Now()
	closed := make(chan struct{})
	if !strings.HasPrefix(what, "reads") {
		go func() {
			_, _ = io.Copy(io.Discard, c)
			close(closed)
		}()
	}
	for over := false; !over && ctx.Err() == nil; {
		_ = c.SetDeadline(time.Now().Add(2 * time.Minute))
		over = do() != nil
		select {
		case <-closed:
			over = true
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	held := "more than 90 s"
	for _, limit := range []time.Duration{90, 30, 12, 2} {
		if time.Since(began) < limit*time.Second {
			held = fmt.Sprintf("less than %d s", limit)
		}
	}
	a.counts.add(what, held)
	pause(ctx, time.Second)
}

// hoard holds a connection that it does nothing with.
func (a *attacker) hoard(ctx context.Context, round int) {
	pause(ctx, rand.N(5*time.Second))
	c := a.dial(ctx)
	if c == nil {
		return
	}
	defer c.Close()
	a.hold(ctx, c, "holds a connection", func() error { return nil })
}

// babble asks for what is not there, and for what costs something to say.
func (a *attacker) babble(ctx context.Context, round int) {
	paths := []string{"/", "/streams/v1/images.json", "/streams/v1/index.json", "/1.0/images?recursion=1", "/1.0/images/aliases?recursion=1",
		"/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/1.0/images/" + strings.Repeat("a", 4000), "/1.0/images/%00", "/1.0/images/aliases/" + strings.Repeat("x/", 200),
		"/1.0/images/none.example/x", "/1.0/images/" + fmt.Sprintf("%064x", rand.Uint64()), "/1.0/images/aliases/cafe" + fmt.Sprintf("%08x", rand.Uint32())}
	path := one(paths)
	status, _ := a.get(ctx, path)
	if ctx.Err() == nil {
		a.counts.add("babbles", fmt.Sprint(status))
	}
	pause(ctx, rand.N(100*time.Millisecond))
}
