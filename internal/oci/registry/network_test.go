package registry

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
)

// flaky is a network whose connections break after some bytes.
type flaky struct {
	net.Conn
	left int
}

func (f *flaky) Read(p []byte) (int, error) {
	if f.left <= 0 {
		f.Conn.Close()
		return 0, &net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection reset by peer")}
	}
	n, err := f.Conn.Read(p[:min(len(p), f.left)])
	f.left -= n
	return n, err
}

func TestABadNetworkIsSurvived(t *testing.T) {
	reg := newServer(t)
	dialer := net.Dialer{}
	transport := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, addr)
		return &flaky{conn, 1_300_000}, err
	}}
	c := newTestClient(t, func(o *testOptions) { o.Transport = transport })
	want, got, err := download(t, reg, c)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatal(len(got), err)
	}
}

// TestALayerIsWaitedForWhenItsRegistryHasAnswered: the registry goes away between two
// layers as well as within one.
func TestALayerIsWaitedForWhenItsRegistryHasAnswered(t *testing.T) {
	reg := newServer(t)
	away := func(http.ResponseWriter, *http.Request, http.Handler) bool { panic(http.ErrAbortHandler) }
	want, got, err := download(t, reg, newTestClient(t), times(20, away))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}
