package server_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// TestEverythingTheCatalogNamesIsThere lets clients download all that the
// catalog names, while a writer with a view of its own replaces and prunes as
// fast as it can. Every file has to be there, with the size, hash and
// fingerprint that the catalog says.
func TestEverythingTheCatalogNamesIsThere(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const grace = 2 * time.Second // a client's round takes milliseconds
	var published, pruned, rounds atomic.Int64
	began := time.Now()
	enough := func() bool {
		return published.Load() >= 30 && pruned.Load() >= 5 && rounds.Load() >= 40 || time.Since(began) > 2*time.Minute
	}
	var group errgroup.Group
	group.Go(func() error {
		writer := openStore(t, f.dir)
		for !enough() {
			removed, err := replace(t.Context(), writer, grace)
			if err != nil {
				return fmt.Errorf("writing: %w", err)
			}
			published.Add(1)
			pruned.Add(int64(len(removed)))
		}
		return nil
	})
	for range 3 {
		group.Go(func() error {
			for !enough() {
				if err := download(t, f.http.URL); err != nil {
					return err
				}
				rounds.Add(1)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if published.Load() < 30 || pruned.Load() < 5 || rounds.Load() < 40 {
		t.Fatalf("too little happened to say anything: %d published, %d pruned, %d rounds", published.Load(), pruned.Load(), rounds.Load())
	}
}

// replace publishes a version of random content and lets go of older ones.
func replace(ctx context.Context, s store.Store, grace time.Duration) ([]image.Version, error) {
	d, err := s.Draft(ctx)
	if err != nil {
		return nil, err
	}
	defer d.Discard()
	for _, f := range [][2]string{{image.Metadata, "lxd.tar.xz"}, {image.Squashfs, "rootfs.squashfs"}} {
		w, err := d.Create(f[0], f[1])
		if err != nil {
			return nil, err
		}
		if _, err := fmt.Fprintf(w, "%0*d", 1+rand.IntN(100_000), rand.Int64()); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
	}
	fresh, err := d.Publish(ctx, image.Version{Name: []string{"nginx", "redis"}[rand.IntN(2)], Architecture: "amd64"})
	if err != nil {
		return nil, err
	}
	now, err := s.Versions(ctx)
	if err != nil {
		return nil, err
	}
	for _, v := range now.List() {
		if v.Name == fresh.Name && v.Serial < fresh.Serial {
			if err := s.Retire(ctx, time.Now(), v); err != nil {
				return nil, err
			}
		}
	}
	return s.Prune(ctx, time.Now(), grace)
}

// download is what a client does, for all images.
func download(t *testing.T, url string) error {
	images, err := fetch(url + "/streams/v1/images.json")
	if err != nil {
		return err
	}
	contents := map[string][]byte{}
	all := items(t, images)
	if len(all) == 0 {
		return fmt.Errorf("the catalog is empty: %s", images)
	}
	for _, i := range all {
		b, err := fetch(url + "/" + i.Path)
		if err != nil {
			return err
		}
		if sum := fmt.Sprintf("%x", sha256.Sum256(b)); int64(len(b)) != i.Size || sum != i.SHA256 {
			return fmt.Errorf("%s has %d bytes with hash %s, the catalog says %d and %s", i.Path, len(b), sum, i.Size, i.SHA256)
		}
		contents[i.Path] = b
	}
	for _, i := range all {
		if i.Combined == "" {
			continue
		}
		rootfs := contents[i.Path[:len(i.Path)-len("lxd.tar.xz")]+"rootfs.squashfs"]
		if sum := fmt.Sprintf("%x", sha256.Sum256(append(contents[i.Path], rootfs...))); sum != i.Combined {
			return fmt.Errorf("%s: the fingerprint is %s, the catalog says %s", i.Path, sum, i.Combined)
		}
	}
	return nil
}

func fetch(url string) ([]byte, error) {
	r, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, r.Status)
	}
	return b, err
}
