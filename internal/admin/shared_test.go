package admin_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"lxdocker/internal/admin"
	"lxdocker/internal/image"
	"lxdocker/internal/store"
	"lxdocker/internal/store/dir"
	"lxdocker/internal/store/storetest"
)

// counting is a store that counts what is read of its files.
type counting struct {
	store.Store
	bytes int64
}

func (c *counting) OpenFile(ctx context.Context, path string) (*store.Published, error) {
	p, err := c.Store.OpenFile(ctx, path)
	if err == nil {
		p.Content = counted{p.Content, p.Content.(store.Identified), c}
	}
	return p, err
}

type counted struct {
	store.Content
	store.Identified
	by *counting
}

func (c counted) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.Content.ReadAt(p, off)
	c.by.bytes += int64(n)
	return n, err
}

func TestVerifyReadsASharedFileOnce(t *testing.T) {
	folder := t.TempDir()
	images, err := dir.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	const size = 1 << 20
	var versions []image.Version
	var all int64
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		v := storetest.Split(t, images, image.Version{Name: name, Architecture: "amd64"}, []byte("metadata of "+name), bytes.Repeat([]byte("x"), size))
		versions, all = append(versions, v), all+v.Size()
	}
	s := &counting{Store: images}
	verify := func() (told int64, damaged int) {
		t.Helper()
		s.bytes = 0
		for v, err := range admin.Verify(t.Context(), s, versions, func(image.Version) {}, func(n int64) { told += n }) {
			if errors.Is(err, store.ErrDamaged) {
				damaged++
			} else if err != nil {
				t.Errorf("%s: %v", v.Name, err)
			}
		}
		return told, damaged
	}
	told, damaged := verify()
	if s.bytes >= 2*size || told != all || damaged != 0 {
		t.Errorf("%d bytes were read of one file of %d, %d of %d told, %d versions are damaged", s.bytes, size, told, all, damaged)
	}
	f, err := os.OpenFile(filepath.Join(folder, versions[2].Path(versions[2].Files[1])), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte("y"), 12345)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	if told, damaged = verify(); told != all || damaged != len(versions) {
		t.Errorf("%d of %d versions with a damaged file are, %d of %d bytes told", damaged, len(versions), told, all)
	}
}
