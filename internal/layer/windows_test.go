package layer_test

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"testing"

	"golang.org/x/sync/semaphore"

	"lxdocker/internal/layer"
)

// A layer that has windows of its own, and comes ever so slowly, keeps none waiting that
// shares those of the cache.
func TestALayerWithItsOwnWindowsKeepsNoOtherWaiting(t *testing.T) {
	cache, own := openCache(t, 0), semaphore.NewWeighted(128<<20)
	var archive bytes.Buffer
	if err := tar.NewWriter(&archive).Close(); err != nil {
		t.Fatal(err)
	}
	slow := wideFrame(27, archive.Bytes(), 1)
	rest, send := io.Pipe()
	begun, ended := make(chan struct{}), make(chan error)
	go func() {
		b := layer.Blob{Digest: digestOf(slow), Size: int64(len(slow)), Windows: own}
		p, err := cache.Pack(context.Background(), b, func(context.Context) (io.ReadCloser, error) { return rest, nil })
		if err == nil {
			err = p.Close()
		}
		ended <- err
	}()
	go func() {
		_, _ = send.Write(slow[:len(slow)-4])
		close(begun)
	}()
	<-begun
	blob := wideFrame(27, archive.Bytes(), 2)
	p, err := cache.Pack(t.Context(), layer.Blob{Digest: digestOf(blob), Size: -1}, serve(blob))
	if err != nil {
		t.Fatal(err)
	}
	p.Close()
	for own.TryAcquire(128 << 20) { // it has not come so far yet
		own.Release(128 << 20)
	}
	_, _ = send.Write(slow[len(slow)-4:])
	send.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if !own.TryAcquire(128 << 20) {
		t.Error("in the end it has not given back what it had")
	}
}
