package server_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/server"
	"lxdocker/internal/server/certificate"
	"lxdocker/internal/store/storetest"
)

// offering is a server with TLS that has one file.
func offering(t *testing.T, listener net.Listener, content []byte) (path string) {
	t.Helper()
	s := openStore(t, t.TempDir())
	v := storetest.Unified(t, s, image.Version{Name: "big", Architecture: "amd64"}, "lxd_combined.tar", content)
	files, err := certificate.SelfSigned(t.TempDir(), []string{"hub"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(files.Cert, files.Key)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	abort, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(ctx, listener, server.ServeOptions{
			Handler: server.New(server.Options{Store: s}), Log: slog.New(slog.DiscardHandler), Drain: time.Second, Abort: abort,
			TLS: server.TLS(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &pair, nil }),
		})
	}()
	t.Cleanup(func() { stop(); close(abort); <-ended })
	return "/" + v.Path(v.Files[0])
}

// noise is what tells wrong bytes from right ones.
func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b) // never fails
	return b
}

// connectTLS asks for a file over a connection without any buffer and returns its body.
func connectTLS(t *testing.T, content []byte) io.Reader {
	t.Helper()
	listener := make(pipes, 1)
	path := offering(t, listener, content)
	conn, end := net.Pipe()
	listener <- end
	t.Cleanup(func() { conn.Close() })
	secure := tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	if _, err := fmt.Fprintf(secure, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path); err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadResponse(bufio.NewReaderSize(secure, 16), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r.Body
}

func TestASlowDownloadOverTLSIsNotEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := noise(1 << 20)
		body := connectTLS(t, content)
		var got bytes.Buffer
		began := time.Now()
		for got.Len() < len(content) {
			if _, err := io.CopyN(&got, body, 64<<10); err != nil {
				t.Fatalf("after %d bytes and %v: %v", got.Len(), time.Since(began), err)
			}
			time.Sleep(stall / 4)
		}
		if !bytes.Equal(got.Bytes(), content) || time.Since(began) < 3*stall {
			t.Errorf("read %d bytes in %v", got.Len(), time.Since(began))
		}
	})
}

func TestADownloadOverTLSThatStopsMovingIsEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := connectTLS(t, noise(1<<20))
		if _, err := io.CopyN(io.Discard, body, 100_000); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if server.Gatherers() == 0 {
			t.Error("nothing is gathered for a client that was swift")
		}
		time.Sleep(4 * stall)
		if server.Gatherers() != 0 {
			t.Error("a response that was ended still has its buffer")
		}
		if n, err := io.Copy(io.Discard, body); err == nil {
			t.Errorf("after standing still it went on with %d bytes, to its end", n)
		}
	})
}

// TestManyDownloadsAtATime are more than may gather.
func TestManyDownloadsAtATime(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	content := noise(1<<20 + 12345)
	path := offering(t, listener, content)
	var group sync.WaitGroup
	for n := range 80 {
		group.Go(func() {
			c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: n%10 == 0}}
			defer c.CloseIdleConnections()
			from := n * 1001
			for range 2 { // over one connection
				r, err := http.NewRequest(http.MethodGet, "https://"+listener.Addr().String()+path, nil)
				if err != nil {
					t.Error(err)
					return
				}
				r.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
				resp, err := c.Do(r)
				if err != nil {
					t.Error(err)
					return
				}
				got, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if !bytes.Equal(got, content[from:]) || err != nil {
					t.Errorf("client %d got %d of %d bytes, %v", n, len(got), len(content)-from, err)
				}
			}
		})
	}
	group.Wait()
	for end := time.Now().Add(20 * time.Second); server.Gatherers() != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("when all is over, %d responses still gather", server.Gatherers())
		}
	}
}
