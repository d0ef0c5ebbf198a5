package layer_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lxdocker/internal/layer"
)

// damaged is a cache with one pack that a test may damage.
type damaged struct {
	archive     []byte
	dir         string
	index, data string // paths
	opened      int
	cache       *layer.Cache
}

func newDamaged(t *testing.T) *damaged {
	t.Helper()
	d := &damaged{archive: archiveOf(t, file("a", strings.Repeat("text ", 100)), file("b", "b")), dir: t.TempDir()}
	d.index = filepath.Join(d.dir, digestOf(d.archive)[7:], "index")
	d.data = filepath.Join(d.dir, digestOf(d.archive)[7:], "data")
	var err error
	if d.cache, err = layer.Open(d.dir, layer.Limits{}); err != nil {
		t.Fatal(err)
	}
	d.pack(t).Close()
	return d
}

func (d *damaged) pack(t *testing.T) *layer.Pack {
	t.Helper()
	p, err := d.cache.Pack(context.Background(), describe(d.archive, d.archive), func(context.Context) (io.ReadCloser, error) {
		d.opened++
		return io.NopCloser(bytes.NewReader(d.archive)), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func change(t *testing.T, path string, how func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, how(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedPackIsMadeAgain(t *testing.T) {
	size := 0
	change(t, newDamaged(t).index, func(b []byte) []byte { size = len(b); return b })
	cases := map[string]func(t *testing.T, d *damaged){
		"no index": func(t *testing.T, d *damaged) { os.Remove(d.index) },
		"no data":  func(t *testing.T, d *damaged) { os.Remove(d.data) },
		"short data": func(t *testing.T, d *damaged) {
			change(t, d.data, func(b []byte) []byte { return b[:len(b)-1] })
		},
		"long data": func(t *testing.T, d *damaged) {
			change(t, d.data, func(b []byte) []byte { return append(b, 0) })
		},
		"empty index": func(t *testing.T, d *damaged) {
			change(t, d.index, func([]byte) []byte { return nil })
		},
		"short index": func(t *testing.T, d *damaged) {
			change(t, d.index, func(b []byte) []byte { return b[:len(b)-1] })
		},
		"of another version": func(t *testing.T, d *damaged) {
			change(t, d.index, func(b []byte) []byte { b[15]++; return b })
		},
		"of another layer": func(t *testing.T, d *damaged) {
			other := newDamaged(t)
			archive := archiveOf(t, file("other", ""))
			other.archive = archive
			other.pack(t).Close()
			os.RemoveAll(filepath.Dir(d.index))
			if err := os.Rename(filepath.Join(other.dir, digestOf(archive)[7:]), filepath.Dir(d.index)); err != nil {
				t.Fatal(err)
			}
		},
	}
	for behaviour, damage := range cases {
		t.Run(behaviour, func(t *testing.T) {
			d := newDamaged(t)
			damage(t, d)
			p := d.pack(t)
			defer p.Close()
			if d.opened != 2 || len(list(t, p)) != 2 {
				t.Errorf("opened %d times; it has %q", d.opened, list(t, p))
			}
		})
	}
	t.Run("any byte of the index", func(t *testing.T) {
		d := newDamaged(t)
		for at := range size {
			change(t, d.index, func(b []byte) []byte { b[at] ^= 0x10; return b })
			d.opened = 0
			if d.pack(t).Close(); d.opened != 1 {
				t.Errorf("byte %d is wrong, and nobody sees it", at)
			}
		}
	})
}

func TestDamagedContentIsNoticedAndThePackForgotten(t *testing.T) {
	d := newDamaged(t)
	change(t, d.data, func(b []byte) []byte { b[7] ^= 1; return b })
	p := d.pack(t)
	defer p.Close()
	for e, err := range p.Entries() {
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(e.Inode.Content.Open())
		if (err != nil) != (e.Name == "a") {
			t.Errorf("reading %s: %v", e.Name, err)
		}
		if err != nil && !(strings.Contains(err.Error(), `"a"`) && strings.Contains(err.Error(), p.Digest())) {
			t.Errorf("%q does not say what is damaged", err)
		}
	}
	again := d.pack(t)
	defer again.Close()
	if d.opened != 2 {
		t.Errorf("opened %d times", d.opened)
	}
	for e := range again.Entries() {
		content(t, e)
	}
	// Who still has the old one may not harm the new one.
	for e := range p.Entries() {
		io.ReadAll(e.Inode.Content.Open())
	}
	d.pack(t).Close()
	if d.opened != 2 {
		t.Error("the new pack is gone")
	}
}

func TestCollect(t *testing.T) {
	dir := t.TempDir()
	cache, err := layer.Open(dir, layer.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var digests []string
	var packs []*layer.Pack
	for _, name := range []string{"a", "b", "c"} {
		archive := archiveOf(t, file(name, strings.Repeat(name, 100_000)))
		p, err := cache.Pack(context.Background(), describe(archive, archive), serve(archive))
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		digests, packs = append(digests, p.Digest()), append(packs, p)
	}
	if err := os.Mkdir(filepath.Join(dir, ".tmp-crashed"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".tmp-crashed", "data"), make([]byte, 50_000), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "README"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var asked []string
	freed, err := cache.Collect(func(digest string) bool {
		asked = append(asked, digest)
		return digest == digests[1]
	})
	if err != nil {
		t.Fatal(err)
	}
	if freed < 250_000 || freed > 350_000 {
		t.Errorf("freed %d bytes", freed)
	}
	slices.Sort(asked)
	slices.Sort(digests)
	if !slices.Equal(asked, digests) {
		t.Errorf("asked for %q, want %q", asked, digests)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 || left[0].Name() != packs[1].Digest()[7:] && left[1].Name() != packs[1].Digest()[7:] {
		t.Errorf("left are %v, %v", left, err)
	}
	for _, p := range packs {
		if len(list(t, p)) != 1 {
			t.Error("an open pack is not readable any more")
		}
	}
	if freed, err := cache.Collect(func(string) bool { return true }); freed != 0 || err != nil {
		t.Errorf("the second time: %d, %v", freed, err)
	}
}

func TestCollectLeavesWhatIsBeingMade(t *testing.T) {
	archive := archiveOf(t, file("a", "a"))
	dir := t.TempDir()
	cache, err := layer.Open(dir, layer.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := cache.Pack(context.Background(), describe(archive, archive), func(ctx context.Context) (io.ReadCloser, error) {
		// Now that the pack is half made, another run starts, and ends.
		other, err := layer.Open(dir, layer.Limits{})
		if err != nil {
			return nil, err
		}
		if _, err := other.Collect(func(string) bool { return false }); err != nil {
			return nil, err
		}
		return serve(archive)(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Close()
}

func TestOpenRemovesWhatACrashLeft(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, ".tmp-crashed", "old"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := layer.Open(dir, layer.Limits{}); err != nil {
		t.Fatal(err)
	}
	expectEmpty(t, dir)
}

func TestCacheIsForItsOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache", "layers")
	archive := archiveOf(t, file("etc/shadow", "secret"))
	if _, err := pack(t, dir, layer.Limits{}, describe(archive, archive), archive); err != nil {
		t.Fatal(err)
	}
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
