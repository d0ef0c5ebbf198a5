package server_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/server"
	"lxdocker/internal/store"
)

// manyImages is a store in memory.
type manyImages struct{ now *store.Snapshot }

func (m *manyImages) Versions(context.Context) (*store.Snapshot, error) { return m.now, nil }

func (m *manyImages) Check(context.Context, ...image.Product) error { return nil }

func (m *manyImages) OpenContents(context.Context, image.ID) (io.ReadCloser, error) {
	return nil, fs.ErrNotExist
}

func (m *manyImages) Describe(context.Context, image.ID) (image.Version, error) {
	return image.Version{}, fs.ErrNotExist
}

func (m *manyImages) OpenFile(context.Context, string) (*store.Published, error) {
	return nil, fs.ErrNotExist
}

// publish adds a version to image n.
func (m *manyImages) publish(n, serial int) {
	p := image.Product{Name: fmt.Sprintf("image-%05d", n), Architecture: "amd64"}
	v := image.Version{
		Name: p.Name, Architecture: p.Architecture, Serial: time.Unix(int64(serial), 0).UTC().Format(image.SerialLayout),
		Fingerprint: hexOf(n, serial, 0), Key: hexOf(n, serial, 1), Source: "docker.io/library/" + p.Name + ":latest", SourceDigest: "sha256:" + hexOf(n, serial, 2),
		Release: "latest", Aliases: []string{"also-" + p.Name, "library/" + p.Name}, Files: []image.File{
			{Kind: image.Metadata, Name: "lxd.tar.xz", Size: 812, SHA256: hexOf(n, serial, 3)},
			{Kind: image.Squashfs, Name: "rootfs.squashfs", Size: 71234567, SHA256: hexOf(n, serial, 4)},
		},
	}
	m.now = m.now.With(map[image.Product]image.Packed{p: image.Pack(append(m.now.Product(p), v))}, nil)
}

func hexOf(n, serial, what int) string {
	return fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, n, serial, what)))
}

func newManyImages(n int) *manyImages {
	m := &manyImages{now: store.NewSnapshot(nil, nil)}
	all := map[image.Product]image.Packed{}
	one := &manyImages{now: store.NewSnapshot(nil, nil)}
	for i := range n {
		one.now = store.NewSnapshot(nil, nil)
		for serial := range 3 {
			one.publish(i, serial)
		}
		p := one.now.Products()[0]
		all[p] = one.now.PackedProduct(p)
	}
	m.now = m.now.With(all, nil)
	return m
}

// BenchmarkRequests is what the server itself takes of what clients wait for.
func BenchmarkRequests(b *testing.B) {
	for _, n := range []int{10, 1000, 10_000} {
		m := newManyImages(n)
		h := server.New(server.Options{Store: m})
		began := time.Now()
		get(h, "/1.0/images/aliases/also-image-00001", nil)
		first := time.Since(began)
		began = time.Now()
		tag := get(h, "/streams/v1/images.json", http.Header{"Accept-Encoding": {"gzip"}}).Header().Get("Etag")
		b.Logf("%d images: the first name after %v, images.json after %v more", n, first, time.Since(began))
		began = time.Now()
		get(h, "/", nil)
		b.Logf("%d images: the first page after %v", n, time.Since(began))
		for what, request := range map[string]struct {
			path   string
			header http.Header
		}{
			"name":        {"/1.0/images/aliases/also-image-00001", nil},
			"images.json": {"/streams/v1/images.json", nil},
			"gzip":        {"/streams/v1/images.json", http.Header{"Accept-Encoding": {"gzip"}}},
			"304":         {"/streams/v1/images.json", http.Header{"Accept-Encoding": {"gzip"}, "If-None-Match": {tag}}},
			"images":      {"/1.0/images?recursion=1", nil},
			"aliases":     {"/1.0/images/aliases?recursion=1", nil},
			"page":        {"/", http.Header{"Accept-Encoding": {"gzip"}}},
			"search":      {"/?q=image+0001&sort=new", http.Header{"Accept-Encoding": {"gzip"}}},
			"nothing":     {"/?q=x+y+z&sort=large", http.Header{"Accept-Encoding": {"gzip"}}},
			"one image":   {"/image/image-00001", http.Header{"Accept-Encoding": {"gzip"}}},
			"feed":        {"/feed.atom", http.Header{"Accept-Encoding": {"gzip"}}},
		} {
			b.Run(fmt.Sprint(n, "/", what), func(b *testing.B) {
				for range b.N {
					b.SetBytes(int64(get(h, request.path, request.header).Body.Len()))
				}
			})
		}
		b.Run(fmt.Sprint(n, "/the page after a publish"), func(b *testing.B) {
			for i := range b.N {
				m.publish(i%n, 1_000_000+i)
				get(h, "/?sort=new", http.Header{"Accept-Encoding": {"gzip"}})
			}
		})
		b.Run(fmt.Sprint(n, "/after a publish"), func(b *testing.B) {
			for i := range b.N {
				m.publish(i%n, 10+i)
				get(h, "/streams/v1/images.json", http.Header{"Accept-Encoding": {"gzip"}})
			}
		})
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		runtime.KeepAlive(h)
		h = nil
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.Logf("%d images: the server holds %d KiB", n, (int64(before.HeapAlloc)-int64(after.HeapAlloc))>>10)
		runtime.KeepAlive(m)
	}
}

func get(h http.Handler, path string, header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	r.Header = header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
