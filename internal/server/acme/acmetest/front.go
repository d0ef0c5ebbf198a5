package acmetest

import (
	"bytes"
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is how long pebble may take for an answer; then the connection is closed, and the client
// can try again. On busy machines there has been none for a minute. Pebble takes the lock of an
// order for reading twice when it is asked for the order, and both wait for ever if the certificate
// comes in between (sync.RWMutex).
const patience = 30 * time.Second

// serve has a server stand before pebble at an address that stays the same. It speaks HTTP/1.1, a request a
// connection, so that in a bubble of package synctest nobody waits for a connection, which would
// stop the time there.
func (a *Authority) serve(t *testing.T, pair tls.Certificate) *httptest.Server {
	t.Helper()
	quiet := log.New(io.Discard, "", 0) // of connections that are broken off on purpose
	connections := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: a.trusted}, DisableKeepAlives: true, ResponseHeaderTimeout: patience}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "https", a.where()
			r.Out.Host = r.In.Host // of which pebble makes its URLs
		},
		Transport:      connections,
		ModifyResponse: a.settle,
		ErrorHandler:   func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ErrorLog:       quiet,
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.where() == "" {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	s.Config.ErrorLog = quiet
	s.Config.SetKeepAlivesEnabled(false)
	s.StartTLS()
	return s
}

// settle holds back an answer until pebble has done what the request began, as its log says. Then
// nobody asks for an order while its certificate comes, and it does not matter by whose clock a
// client waits before it asks.
func (a *Authority) settle(r *http.Response) error {
	if r.StatusCode != http.StatusOK {
		return nil
	}
	folder, id := filepath.Split(r.Request.URL.Path)
	var done string
	switch folder {
	case "/chalZ/":
		done = "by completed challenge " + id
	case "/finalize-order/":
		done = " for order " + id
	default:
		return nil
	}
	for deadline := time.Now().Add(patience); !strings.Contains(a.Log(), done) && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	// The line comes before the lock of the order.
	time.Sleep(20 * time.Millisecond)
	return nil
}

// where is the address of pebble; "" while it is away.
func (a *Authority) where() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.behind
}

// Log is what pebble has said.
func (a *Authority) Log() string { return a.said.String() }

// Orders is how many certificates were ordered.
func (a *Authority) Orders() int { return bytes.Count([]byte(a.Log()), []byte("Added order ")) }
