package server_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"lxdocker/internal/server"
)

// TestTheEndWaitsForNobodyWhoTakesNothing has an hour for running downloads.
func TestTheEndWaitsForNobodyWhoTakesNothing(t *testing.T) {
	r := run(t, time.Hour, server.Limits{Progress: 50 * time.Millisecond})
	c, err := net.Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.(*net.TCPConn).SetReadBuffer(4 << 10)
	secure := tls.Client(c, &tls.Config{InsecureSkipVerify: true})
	if _, err := fmt.Fprintf(secure, "GET /endless HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, secure, 1000); err != nil {
		t.Fatal(err)
	}
	r.stop()
	if err := r.wait(); !errors.Is(err, server.ErrCutOff) {
		t.Errorf("the server ended with %v", err)
	}
}

// TestTheEndWaitsForWhoWaitsForTheServer has a client that has taken all there is so far.
func TestTheEndWaitsForWhoWaitsForTheServer(t *testing.T) {
	r := run(t, time.Hour, server.Limits{Progress: time.Millisecond})
	rest := r.begin()
	r.stop()
	for { // it is ending when no new ones are accepted
		c, err := net.Dial("tcp", r.address)
		if err != nil {
			break
		}
		c.Close()
	}
	time.Sleep(100 * time.Millisecond) // in which it looks often
	close(r.release)
	if got, err := rest(); got != "done" || err != nil {
		t.Errorf("the download ended with %q, %v", got, err)
	}
	if err := r.wait(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
}
