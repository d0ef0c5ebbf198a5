package registry

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lxdocker/internal/oci"
)

func TestDocumentsOfStrangersTakeNoMoreThanTheyMay(t *testing.T) {
	c, err := NewClient(Options{CacheDir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(c.cache.dir, strangersFolder, "r.example")
	kept := cache{dir: folder, log: c.log, kept: c.ForStrangers().cache.kept}
	var digests []string
	put := func(in cache, content byte) {
		b := bytes.Repeat([]byte{content}, 5000)
		digest := oci.DigestOf(b)
		in.put(digest, b)
		at := time.Now().Add(time.Duration(content) * time.Second)
		if err := os.Chtimes(in.path(digest), at, at); err != nil {
			t.Fatal(err)
		}
		if in.dir == folder {
			digests = append(digests, digest)
		}
	}
	there := func() (n int) {
		for i, d := range digests {
			if _, ok := kept.get(d, 1<<20); ok {
				n++
			} else if n > 0 {
				t.Errorf("number %d went, and not an older one", i)
			}
		}
		return n
	}
	for i := range byte(4) {
		put(kept, i)
	}
	put(c.cache, 100) // of a spec
	for _, step := range []struct {
		limit int64
		want  int
	}{{8 * 8192, 4}, {3 * 8192, 2}, {3 * 8192, 2}} {
		if err := c.Bound(step.limit); err != nil {
			t.Fatal(err)
		}
		if n := there(); n != step.want {
			t.Errorf("within %d bytes there are %d", step.limit, n)
		}
	}
	put(kept, 5)
	put(kept, 6)
	if err := c.Bound(3 * 8192); err != nil || there() != 2 {
		t.Errorf("after two more there are %d: %v", there(), err)
	}
	if _, ok := c.cache.get(oci.DigestOf(bytes.Repeat([]byte{100}, 5000)), 1<<20); !ok {
		t.Error("a document of a spec is gone")
	}
}
