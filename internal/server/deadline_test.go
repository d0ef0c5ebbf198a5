package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/server"
	"lxdocker/internal/store/storetest"
)

// pipes is a listener of connections without any buffer: what the server has
// written, the client has read.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (p pipes) Close() error { close(p); return nil }

func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// The tests of what stands still run in bubbles of time, in which a minute takes
// none. They know the server's own limit.
const stall = server.Stall

// connect asks a server for a file of 1 MiB and returns the connection, with the
// header read.
func connect(t *testing.T, request string) (conn net.Conn, body *http.Response) {
	t.Helper()
	s := openStore(t, t.TempDir())
	v := storetest.Unified(t, s, image.Version{Name: "big", Architecture: "amd64"}, "lxd_combined.tar", make([]byte, 1<<20))
	listener := make(pipes, 1)
	srv := &http.Server{Handler: server.New(server.Options{Store: s})}
	go func() { _ = srv.Serve(listener) }()
	t.Cleanup(func() { srv.Close() })
	conn, end := net.Pipe()
	listener <- end
	t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "GET /%s HTTP/1.1\r\nHost: x\r\n%s\r\n", v.Path(v.Files[0]), request)
	r, err := http.ReadResponse(bufio.NewReaderSize(conn, 16), nil)
	if err != nil {
		t.Fatal(err)
	}
	return conn, r
}

func TestASlowDownloadThatMovesIsNotEnded(t *testing.T) { synctest.Test(t, slowDownload) }

func slowDownload(t *testing.T) {
	_, r := connect(t, "")
	began := time.Now()
	var read int64
	for {
		n, err := io.CopyN(io.Discard, r.Body, 64<<10)
		read += n
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("after %d bytes and %v: %v", read, time.Since(began), err)
		}
		time.Sleep(stall / 4)
	}
	if took := time.Since(began); read != 1<<20 || took < 3*stall {
		t.Errorf("read %d bytes in %v", read, took)
	}
}

func TestADownloadThatStopsMovingIsEnded(t *testing.T) { synctest.Test(t, stoppedDownload) }

func stoppedDownload(t *testing.T) {
	_, r := connect(t, "")
	if _, err := io.CopyN(io.Discard, r.Body, 100_000); err != nil {
		t.Fatal(err)
	}
	time.Sleep(4 * stall)
	n, err := io.Copy(io.Discard, r.Body)
	if err == nil || n > 100_000 {
		t.Errorf("after standing still it went on with %d bytes, %v", n, err)
	}
}

func TestARequestWithABodyEndsTheConnection(t *testing.T) {
	_, r := connect(t, "Content-Length: 1000000\r\n")
	if !r.Close {
		t.Error("the connection is kept for a body that nobody reads")
	}
	if n, err := io.Copy(io.Discard, r.Body); n != 1<<20 || err != nil {
		t.Errorf("read %d bytes, %v", n, err)
	}
}
