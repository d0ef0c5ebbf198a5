package storetest

import (
	"errors"
	"io/fs"
	"testing"
	"time"

	"lxdocker/internal/store"
)

func pinned(t *testing.T, s *store.Store, clock *Clock) {
	v := Unified(t, s, nginx(), "lxd_combined.tar", []byte("x"))
	other := nginx()
	other.Architecture = "arm64"
	Unified(t, s, other, "lxd_combined.tar", []byte("y"))
	for _, at := range []time.Time{clock.Now, clock.Now.Add(time.Hour)} {
		if err := s.Pin(v.Name, v.Architecture, at); err != nil {
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
		if err := s.Unpin(v.Name, v.Architecture); err != nil {
			t.Fatal(err)
		}
	}
	for _, got := range Versions(t, s) {
		if got.Pinned != nil {
			t.Errorf("%s %s is pinned still", got.Architecture, got.Serial)
		}
	}
}

func pinnedNothing(t *testing.T, s *store.Store, clock *Clock) {
	Unified(t, s, nginx(), "lxd_combined.tar", []byte("x"))
	for name, arch := range map[string]string{"nginx": "arm64", "apache": "amd64"} {
		if err := s.Pin(name, arch, clock.Now); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("pinning %s for %s: %v", name, arch, err)
		}
	}
	for _, word := range []string{"", ".", "..", "../images", "nginx/amd64"} {
		if s.Pin(word, "amd64", clock.Now) == nil || s.Pin("nginx", word, clock.Now) == nil || s.Unpin(word, "amd64") == nil {
			t.Errorf("%q was pinned", word)
		}
	}
}

func pinnedAndGone(t *testing.T, s *store.Store, clock *Clock) {
	v := Unified(t, s, nginx(), "lxd_combined.tar", []byte("x"))
	if err := errors.Join(s.Pin(v.Name, v.Architecture, clock.Now), s.Retire(v, clock.Now)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Prune(clock.Now, 0); err != nil {
		t.Fatal(err)
	}
	Unified(t, s, nginx(), "lxd_combined.tar", []byte("x"))
	if got := Versions(t, s); len(got) != 1 || got[0].Pinned != nil {
		t.Errorf("listed: %+v", got)
	}
}
