package storetest

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// noted: what is in a version is kept beside its files, and comes with what is taken over.
func noted(t *testing.T, s store.Store, clock *Clock) {
	text := strings.Repeat("what is in it", 10_000)
	old := publish(t, s, nginx(), func(d store.Draft) {
		Write(t, d, image.Metadata, "lxd.tar.xz", []byte("metadata"))
		Write(t, d, image.Squashfs, "rootfs.squashfs", []byte("old"))
		if err := d.WriteContents(func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
			t.Fatal(err)
		}
	})
	clock.Now = clock.Now.Add(1e9)
	fresh := publish(t, s, nginx(), func(d store.Draft) {
		Write(t, d, image.Metadata, "lxd.tar.xz", []byte("metadata"))
		Write(t, d, image.Squashfs, "rootfs.squashfs", []byte("new"))
		broken := func(w io.Writer) error { _, _ = io.WriteString(w, text); return io.ErrClosedPipe }
		if err := d.WriteContents(broken); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("what went wrong is %v", err)
		}
	})
	clock.Now = clock.Now.Add(1e9)
	back, err := store.Rollback(t.Context(), s, old)
	if err != nil {
		t.Fatal(err)
	}
	gone := old.ID()
	gone.Serial = "20000101_000000"
	for id, want := range map[image.ID]string{old.ID(): text, back.ID(): text, fresh.ID(): "", gone: "", {}: ""} {
		got, err := readContents(t.Context(), s, id)
		if got != want || want == "" && !errors.Is(err, fs.ErrNotExist) || want != "" && err != nil {
			t.Errorf("%v is noted with %d bytes, not %d: %v", id, len(got), len(want), err)
		}
	}
	for _, v := range Versions(t, s) {
		if v.Size() > int64(len(text)) {
			t.Errorf("%s counts its note as a file of the image", v.Serial)
		}
		if has := v.Serial != fresh.Serial; v.Note != map[bool]int64{true: int64(len(text))}[has] {
			t.Errorf("%s has a note of %d bytes", v.Serial, v.Note)
		}
	}
	if _, err := s.OpenFile(t.Context(), old.Dir()+"/contents.zst"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("clients can fetch it: %v", err)
	}
}

func readContents(ctx context.Context, s store.Store, id image.ID) (string, error) {
	r, err := s.OpenContents(ctx, id)
	if err != nil {
		return "", err
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	return string(text), err
}
