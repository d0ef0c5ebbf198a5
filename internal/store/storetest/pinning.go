package storetest

import (
	"errors"
	"io/fs"
	"testing"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

func pinned(t *testing.T, s store.Store, clock *Clock) {
	v := Unified(t, s, nginx(), "lxd_combined.tar", []byte("x"))
	other := nginx()
	other.Architecture = "arm64"
	Unified(t, s, other, "lxd_combined.tar", []byte("y"))
	for _, at := range []time.Time{clock.Now, clock.Now.Add(time.Hour)} {
		if err := s.Pin(t.Context(), v.Product(), new(at)); err != nil {
			t.Fatal(err)
		}
	}
	Unified(t, s, nginx(), "lxd_combined.tar", []byte("z")) // who wants to may publish all the same
	for _, got := range Versions(t, s) {
		if (got.Pinned != nil) != (got.Architecture == "amd64") || got.Pinned != nil && !got.Pinned.Equal(clock.Now) {
			t.Errorf("%s %s is pinned since %v", got.Architecture, got.Serial, got.Pinned)
		}
	}
	for range 2 {
		if err := s.Pin(t.Context(), v.Product(), nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, got := range Versions(t, s) {
		if got.Pinned != nil {
			t.Errorf("%s %s is pinned still", got.Architecture, got.Serial)
		}
	}
}

func pinnedNothing(t *testing.T, s store.Store, clock *Clock) {
	Unified(t, s, nginx(), "lxd_combined.tar", []byte("x"))
	for name, arch := range map[string]string{"nginx": "arm64", "apache": "amd64"} {
		if err := s.Pin(t.Context(), image.Product{Name: name, Architecture: arch}, new(clock.Now)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("pinning %s for %s: %v", name, arch, err)
		}
	}
	for _, word := range []string{"", ".", "..", "../images", "nginx/amd64"} {
		for _, p := range []image.Product{{Name: word, Architecture: "amd64"}, {Name: "nginx", Architecture: word}} {
			if s.Pin(t.Context(), p, new(clock.Now)) == nil || s.Pin(t.Context(), p, nil) == nil {
				t.Errorf("%s was pinned", p)
			}
		}
	}
}

func pinnedAndGone(t *testing.T, s store.Store, clock *Clock) {
	v := Unified(t, s, nginx(), "lxd_combined.tar", []byte("x"))
	if err := errors.Join(s.Pin(t.Context(), v.Product(), new(clock.Now)), s.Retire(t.Context(), clock.Now, v)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Prune(t.Context(), clock.Now, 0); err != nil {
		t.Fatal(err)
	}
	Unified(t, s, nginx(), "lxd_combined.tar", []byte("x"))
	if got := Versions(t, s); len(got) != 1 || got[0].Pinned != nil {
		t.Errorf("listed: %+v", got)
	}
}
