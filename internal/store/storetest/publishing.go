package storetest

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

func splitImage(t *testing.T, s store.Store, clock *Clock) {
	metadata, rootfs := []byte("metadata"), bytes.Repeat([]byte("rootfs"), 50_000)
	want := nginx()
	want.Serial = "20261123_101500"
	want.Created = clock.Now.Truncate(time.Second)
	want.Fingerprint = sum(metadata, rootfs)
	want.Files = []image.File{
		{Kind: image.Metadata, Name: "lxd.tar.xz", Size: int64(len(metadata)), SHA256: sum(metadata)},
		{Kind: image.Squashfs, Name: "rootfs.squashfs", Size: int64(len(rootfs)), SHA256: sum(rootfs)},
	}
	if diff := cmp.Diff(want, Split(t, s, nginx(), metadata, rootfs)); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]image.Version{want}, Versions(t, s)); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	path := "images/nginx/amd64/20261123_101500/rootfs.squashfs"
	if want.Path(want.Files[1]) != path {
		t.Errorf("path is %s", want.Path(want.Files[1]))
	}
	if got := Content(t, s, path); !bytes.Equal(got, rootfs) {
		t.Errorf("%s has %d bytes", path, len(got))
	}
}

func unifiedImage(t *testing.T, s store.Store, _ *Clock) {
	for _, name := range []string{"lxd_combined.tar", "lxd_combined.tar.gz"} {
		v := Unified(t, s, nginx(), name, []byte(name))
		if v.Fingerprint != sum([]byte(name)) || len(v.Files) != 1 || v.Files[0].Name != name {
			t.Errorf("published %+v", v)
		}
	}
}

func anyOrder(t *testing.T, s store.Store, _ *Clock) {
	metadata, rootfs := []byte("metadata"), bytes.Repeat([]byte("rootfs"), 50_000)
	orders := map[string]func(store.Draft){
		"rootfs first": func(d store.Draft) {
			Write(t, d, image.Squashfs, "rootfs.squashfs", rootfs)
			Write(t, d, image.Metadata, "lxd.tar.xz", metadata)
		},
		"at the same time": func(d store.Draft) {
			var wg sync.WaitGroup
			wg.Go(func() { Write(t, d, image.Squashfs, "rootfs.squashfs", rootfs) })
			wg.Go(func() { Write(t, d, image.Metadata, "lxd.tar.xz", metadata) })
			wg.Wait()
		},
	}
	for name, fill := range orders {
		v := publish(t, s, nginx(), fill)
		if v.Fingerprint != sum(metadata, rootfs) || v.Files[0].Kind != image.Metadata {
			t.Errorf("%s: published %+v", name, v)
		}
	}
}

func invisibleDraft(t *testing.T, s store.Store, _ *Clock) {
	d, err := s.Draft(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	Write(t, d, image.Unified, "lxd_combined.tar", []byte("x"))
	if got := Versions(t, s); len(got) != 0 {
		t.Errorf("a draft is listed: %v", got)
	}
	d.Discard()
	d.Discard()
	if _, err := d.Publish(t.Context(), nginx()); err == nil {
		t.Error("a discarded draft was published")
	}
	if _, err := d.Create(image.Unified, "again.tar"); err == nil {
		t.Error("a discarded draft took a file")
	}
}

func publishedOnce(t *testing.T, s store.Store, _ *Clock) {
	d, err := s.Draft(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	Write(t, d, image.Unified, "lxd_combined.tar", []byte("x"))
	if _, err := d.Publish(t.Context(), nginx()); err != nil {
		t.Fatal(err)
	}
	d.Discard()
	if _, err := d.Publish(t.Context(), nginx()); err == nil {
		t.Error("it was published twice")
	}
	if got := Versions(t, s); len(got) != 1 {
		t.Errorf("listed: %v", got)
	}
}

func incompleteDrafts(t *testing.T, s store.Store, _ *Clock) {
	drafts := map[string]func(store.Draft){
		"nothing":       func(store.Draft) {},
		"only metadata": func(d store.Draft) { Write(t, d, image.Metadata, "lxd.tar.xz", []byte("x")) },
		"only rootfs":   func(d store.Draft) { Write(t, d, image.Squashfs, "rootfs.squashfs", []byte("x")) },
		"both kinds of image": func(d store.Draft) {
			Write(t, d, image.Metadata, "lxd.tar.xz", []byte("x"))
			Write(t, d, image.Squashfs, "rootfs.squashfs", []byte("x"))
			Write(t, d, image.Unified, "lxd_combined.tar", []byte("x"))
		},
		"only a tarball": func(d store.Draft) { Write(t, d, image.Tarball, "rootfs.tar.gz", []byte("x")) },
		"a tarball in place of the squashfs": func(d store.Draft) {
			Write(t, d, image.Metadata, "lxd.tar.xz", []byte("x"))
			Write(t, d, image.Tarball, "rootfs.tar.gz", []byte("x"))
		},
		"a tarball beside one file": func(d store.Draft) {
			Write(t, d, image.Unified, "lxd_combined.tar", []byte("x"))
			Write(t, d, image.Tarball, "rootfs.tar.gz", []byte("x"))
		},
		"an unknown kind": func(d store.Draft) { Write(t, d, "disk", "disk.img", []byte("x")) },
		"a file that is still being written": func(d store.Draft) {
			if _, err := d.Create(image.Unified, "lxd_combined.tar"); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, fill := range drafts {
		d, err := s.Draft(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		fill(d)
		if v, err := d.Publish(t.Context(), nginx()); err == nil {
			t.Errorf("%s: published as %+v", name, v)
		}
		d.Discard()
	}
	if got := Versions(t, s); len(got) != 0 {
		t.Errorf("listed: %v", got)
	}
}

func hostileNames(t *testing.T, s store.Store, _ *Clock) {
	words := []string{"", ".", "..", "../x", "a/b", "a/../b", ".hidden", "-x", "a b", "a\nb", "a\x00b", "ä", "a:b", "a,b", "a%2fb", strings.Repeat("a", 300)}
	for _, w := range words {
		for _, v := range []image.Version{{Name: w, Architecture: "amd64"}, {Name: "nginx", Architecture: w}} {
			d, err := s.Draft(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			Write(t, d, image.Unified, "lxd_combined.tar", []byte("x"))
			if _, err := d.Publish(t.Context(), v); err == nil {
				t.Errorf("published as %q for %q", v.Name, v.Architecture)
			}
			if _, err := d.Create(image.Metadata, w); err == nil {
				t.Errorf("made a file %q", w)
			}
			d.Discard()
		}
		if _, err := s.OpenFile(t.Context(), "images/"+w+"/amd64/20261123_101500/rootfs.squashfs"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("opening below %q: %v", w, err)
		}
	}
	for _, alias := range []string{"", "a,b", "a b", "a\tb", "a\x00b", "a\xffb", strings.Repeat("a", 300)} {
		d, err := s.Draft(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		Write(t, d, image.Unified, "lxd_combined.tar", []byte("x"))
		if _, err := d.Publish(t.Context(), image.Version{Name: "nginx", Architecture: "amd64", Aliases: []string{alias}}); err == nil {
			t.Errorf("published with alias %q", alias)
		}
		d.Discard()
	}
	if got := Versions(t, s); len(got) != 0 {
		t.Errorf("listed: %v", got)
	}
}

func growingSerials(t *testing.T, s store.Store, _ *Clock) {
	var serials []string
	for range 3 {
		serials = append(serials, Unified(t, s, nginx(), "lxd_combined.tar", []byte("x")).Serial)
	}
	other := nginx()
	other.Architecture = "arm64"
	serials = append(serials, Unified(t, s, other, "lxd_combined.tar", []byte("x")).Serial)
	want := []string{"20261123_101500", "20261123_101501", "20261123_101502", "20261123_101500"}
	if !slices.Equal(serials, want) {
		t.Errorf("serials are %v, want %v", serials, want)
	}
}

func clockSetBack(t *testing.T, s store.Store, clock *Clock) {
	clock.Now = time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC)
	first := Unified(t, s, nginx(), "lxd_combined.tar", []byte("x"))
	clock.Now = time.Unix(0, 0)
	if err := s.Retire(t.Context(), clock.Now, first); err != nil {
		t.Fatal(err)
	}
	if got := Unified(t, s, nginx(), "lxd_combined.tar", []byte("x")).Serial; got != "20270101_000000" {
		t.Errorf("the serial after %s is %s", first.Serial, got)
	}
}
