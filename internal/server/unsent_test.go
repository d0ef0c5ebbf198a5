package server_test

import (
	"crypto/tls"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"lxdocker/internal/server"
)

// TestAStalledClientCostsLittle: what a client does not read stays with the one who has
// it, but for a little.
func TestAStalledClientCostsLittle(t *testing.T) {
	r := run(t, time.Second, server.Limits{})
	dialer := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 8<<10) })
	}}
	plain, err := dialer.Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	c := tls.Client(plain, &tls.Config{InsecureSkipVerify: true})
	if _, err := io.WriteString(c, "GET /endless HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	for before := int64(-1); before != r.taken.Load(); time.Sleep(200 * time.Millisecond) {
		before = r.taken.Load()
	}
	if n := r.taken.Load(); n > 1<<20 {
		t.Errorf("a client that reads nothing costs %d KiB", n>>10)
	} else {
		t.Logf("a client that reads nothing costs %d KiB", n>>10)
	}
}
