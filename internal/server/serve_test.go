package server_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lxdocker/internal/server"
	"lxdocker/internal/server/certificate"
	"lxdocker/internal/server/servertest"
)

// running is a server with TLS on a real port, whose handler says "begun",
// waits for release and says "done".
type running struct {
	t       *testing.T
	address string
	client  *http.Client
	log     servertest.Buffer
	release chan struct{}
	taken   atomic.Int64 // bytes of what does not end
	stop    context.CancelFunc
	abort   chan struct{}
	result  chan error
}

func run(t *testing.T, drain time.Duration, limits server.Limits) *running {
	t.Helper()
	r := &running{t: t, release: make(chan struct{}), abort: make(chan struct{}), result: make(chan error, 1)}
	files, err := certificate.SelfSigned(t.TempDir(), []string{"hub", "127.0.0.1"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(&r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	pair, err := certificate.Load(files, log)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	r.stop, r.address, r.client = stop, listener.Addr().String(), trusting(t, files.Cert)
	go func() {
		r.result <- server.ServeWithin(ctx, listener, server.ServeOptions{
			Handler: http.HandlerFunc(r.handle), TLS: server.TLS(pair.Get),
			Log: log, Drain: drain, Abort: r.abort,
		}, limits)
	}()
	return r
}

func (r *running) handle(w http.ResponseWriter, q *http.Request) {
	switch q.URL.Path {
	case "/panic":
		panic("a bug")
	case "/endless":
		for buf := make([]byte, 32<<10); r.taken.Load() < 64<<20; {
			n, err := w.Write(buf)
			if r.taken.Add(int64(n)); err != nil {
				return
			}
		}
	case "/wait":
		_, _ = io.WriteString(w, "begun ")
		_ = http.NewResponseController(w).Flush()
		<-r.release
	}
	_, _ = io.WriteString(w, "done")
}

func trusting(t *testing.T, certificate string) *http.Client {
	t.Helper()
	client, err := servertest.Client(certificate)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// begin starts a download and returns when it is running.
func (r *running) begin() (rest func() (string, error)) {
	r.t.Helper()
	resp, err := r.client.Get("https://" + r.address + "/wait")
	if err != nil {
		r.t.Fatal(err)
	}
	b := make([]byte, 6)
	if _, err := io.ReadFull(resp.Body, b); err != nil {
		r.t.Fatal(err)
	}
	return func() (string, error) {
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		return string(b), err
	}
}

func (r *running) wait() error {
	r.t.Helper()
	select {
	case err := <-r.result:
		return err
	case <-time.After(20 * time.Second):
		r.t.Fatal("the server does not end")
		return nil
	}
}

func TestARunningDownloadMayFinish(t *testing.T) {
	r := run(t, time.Minute, server.Limits{})
	rest := r.begin()
	r.stop()
	for { // new ones are refused before the old one has ended
		c, err := net.Dial("tcp", r.address)
		if err != nil {
			break
		}
		c.Close()
	}
	close(r.release)
	if got, err := rest(); got != "done" || err != nil {
		t.Errorf("the download ended with %q, %v", got, err)
	}
	if err := r.wait(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

func TestADownloadIsCutOff(t *testing.T) {
	for name, test := range map[string]struct {
		drain time.Duration
		abort bool
	}{"after the time for draining": {50 * time.Millisecond, false}, "when that is asked for": {time.Hour, true}} {
		t.Run(name, func(t *testing.T) {
			r := run(t, test.drain, server.Limits{})
			defer close(r.release)
			rest := r.begin()
			r.stop()
			if test.abort {
				close(r.abort)
			}
			if err := r.wait(); !errors.Is(err, server.ErrCutOff) {
				t.Errorf("the server ended with %v", err)
			}
			if got, err := rest(); err == nil {
				t.Errorf("the download ended with %q and no error", got)
			}
		})
	}
}

func TestWhatIsNotHTTPSIsAnsweredAndNoisyOnlyForDebugging(t *testing.T) {
	r := run(t, time.Second, server.Limits{})
	ask := func(request string) string {
		c, err := net.Dial("tcp", r.address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.WriteString(c, request); err != nil {
			t.Error(err)
		}
		got, _ := io.ReadAll(c)
		return string(got)
	}
	const header = "Location: https://hub.example:8443/images/x%2Fy?z=1\r\n"
	const sentence = "this server speaks only HTTPS: https://hub.example:8443/images/x%2Fy?z=1\n"
	// As LXD does for each file.
	if got := ask("GET /images/x%2Fy?z=1 HTTP/1.1\r\nHost: hub.example:8443\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.1 307 ") ||
		!strings.Contains(got, header) || !strings.HasSuffix(got, "\r\n\r\n"+sentence) {
		t.Errorf("plain HTTP got %q", got)
	}
	if got := ask("HEAD /images/x%2Fy?z=1 HTTP/1.1\r\nHost: hub.example:8443\r\n\r\n"); !strings.Contains(got, header) || !strings.HasSuffix(got, "\r\n\r\n") {
		t.Errorf("HEAD of it got %q", got)
	}
	for _, odd := range []string{"GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "HELO hub\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"} {
		if got := ask(odd); !strings.HasPrefix(got, "HTTP/1.1 400 ") || !strings.HasSuffix(got, "\r\n\r\nthis server speaks only HTTPS\n") {
			t.Errorf("%q got %q", odd, got)
		}
	}
	r.stop()
	if err := r.wait(); err != nil {
		t.Error(err)
	}
	if log := r.log.String(); !strings.Contains(log, "level=DEBUG") || strings.Contains(log, "level=INFO") || strings.Contains(log, "level=WARN") {
		t.Errorf("the log says\n%s", log)
	}
}

func TestABugIsAnErrorInTheLogAndNotTheEnd(t *testing.T) {
	r := run(t, time.Second, server.Limits{})
	if resp, err := r.client.Get("https://" + r.address + "/panic"); err == nil {
		t.Errorf("got %s", resp.Status)
	}
	resp, err := r.client.Get("https://" + r.address + "/")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if !strings.Contains(r.log.String(), `level=ERROR msg="http: panic`) {
		t.Errorf("the log says\n%s", &r.log)
	}
}

// TestSlowAndGreedyClients are those that never send a whole request.
func TestSlowAndGreedyClients(t *testing.T) {
	limits := server.Limits{Header: time.Second, Idle: time.Second, HeaderBytes: 4 << 10}
	r := run(t, time.Second, limits)
	plain := func(t *testing.T) net.Conn {
		c, err := net.Dial("tcp", r.address)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	secure := func(t *testing.T) net.Conn { return tls.Client(plain(t), &tls.Config{InsecureSkipVerify: true}) }
	clients := map[string]struct {
		dial func(*testing.T) net.Conn
		send string
		want string
	}{
		"says nothing at all":              {plain, "", ""},
		"begins a handshake and stops":     {plain, "\x16\x03\x01\x02\x00\x01", ""},
		"shakes hands and stops":           {secure, "", ""},
		"begins a header and stops":        {secure, "GET / HTTP/1.1\r\nHost:", ""},
		"never ends its header":            {secure, "GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 20_000), "HTTP/1.1 431 "},
		"asks once and keeps the line":     {secure, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 "},
		"speaks something else":            {secure, "HELO hub\r\n\r\n", "HTTP/1.1 400 "},
		"asks for options of everything":   {secure, "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 "},
		"speaks HTTP/2 without being told": {secure, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1 "},
	}
	for name, c := range clients {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := c.dial(t)
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
			if s, ok := conn.(*tls.Conn); ok {
				if err := s.Handshake(); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := io.WriteString(conn, c.send); err != nil {
				t.Logf("sending: %v", err) // it may be refused before it is through
			}
			began := time.Now()
			got, err := io.ReadAll(conn)
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				t.Fatalf("after %v the server still waits", time.Since(began))
			}
			if !strings.HasPrefix(string(got), c.want) {
				t.Errorf("got %.100q", got)
			}
		})
	}
}

func TestTheNumberOfConnectionsIsLimited(t *testing.T) {
	r := run(t, time.Second, server.Limits{Connections: 2})
	first, second := r.begin(), r.begin()
	third := make(chan error, 1)
	go func() {
		resp, err := r.client.Get("https://" + r.address + "/")
		if err == nil {
			err = resp.Body.Close()
		}
		third <- err
	}()
	select {
	case err := <-third:
		t.Fatalf("a third was answered beside the two: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	close(r.release)
	for _, rest := range []func() (string, error){first, second} {
		if got, err := rest(); got != "done" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
	r.client.CloseIdleConnections()
	if err := <-third; err != nil {
		t.Errorf("the third: %v", err)
	}
}

func TestAServerThatCannotListenSaysSo(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	err = server.Serve(t.Context(), listener, server.ServeOptions{
		Log: slog.New(slog.DiscardHandler), TLS: &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, fmt.Errorf("none") }},
	})
	if err == nil {
		t.Error("no error")
	}
}
