package build_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"lxdocker/internal/build"
	"lxdocker/internal/durable"
	"lxdocker/internal/failure"
	"lxdocker/internal/progress"
	"lxdocker/internal/spec"
	"lxdocker/internal/store/dir"
)

// sized is a disk of which there is as much as a test says.
func sized(free *int64, total int64) func(durable.Space) (durable.Space, error) {
	return func(d durable.Space) (durable.Space, error) {
		d.Free, d.Total = *free, total
		return d, nil
	}
}

func TestThereIsRoomBeforeAnythingIsFetched(t *testing.T) {
	address, push, blobs := serveCounted(t)
	push("one")
	const MiB = 1 << 20
	for name, c := range map[string]struct {
		total, free int64
		removable   int64 // by removing images on demand
		fits        bool
	}{
		"enough":                              {20000 * MiB, 1100 * MiB, 0, true},
		"enough but for the reserve":          {20000 * MiB, 1000 * MiB, 0, false},
		"of a small disk, a twentieth":        {200 * MiB, 20 * MiB, 0, true},
		"less than a twentieth":               {200 * MiB, 9 * MiB, 0, false},
		"enough without some images":          {20000 * MiB, 900 * MiB, 500 * MiB, true},
		"too little even without some images": {20000 * MiB, 900 * MiB, 5 * MiB, false},
		"a disk that does not say":            {0, 0, 0, true},
		"a disk that is too small anyway":     {4 * MiB, 4 * MiB, 100 * MiB, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newHubSite(t)
			b := s.builder()
			free, asked := c.free, int64(0)
			b.SpaceOf = sized(&free, c.total)
			b.Free = func(_ context.Context, bytes int64) {
				asked = bytes
				free += c.removable
			}
			before := blobs.Load()
			_, err := b.Update(t.Context(), s.store, demand(t, address+"/app"), false)
			if (err == nil) != c.fits {
				t.Fatalf("it is %v", err)
			}
			if c.total <= 4*MiB && asked > 0 {
				t.Errorf("%d bytes were to be removed for what can never fit", asked)
			}
			if err == nil {
				return
			}
			if fetched := blobs.Load() - before; fetched > 1 { // the config
				t.Errorf("%d blobs were fetched", fetched)
			}
			if failure.KindOf(err) != failure.Full || !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), s.images()) || !strings.Contains(err.Error(), "make the disk larger") {
				t.Errorf("it is said: %v", err)
			}
			if text := failure.PublicText(err); text == "" || strings.Contains(text, s.dir) || strings.Contains(text, "--") {
				t.Errorf("clients are told %q", text)
			}
		})
	}
	t.Run("an image of a spec may use more of it", func(t *testing.T) {
		s := newHubSite(t)
		b := s.builder()
		b.SpaceOf = sized(new(int64(150*MiB)), 20000*MiB)
		r, err := b.Run(t.Context(), s.store, build.Request{Jobs: s.jobs([]spec.Spec{{Name: "app", Image: address + "/app"}}), Whole: true})
		if err != nil || len(r) != 1 || r[0].Outcome != progress.Built {
			t.Errorf("it is %+v, %v", r, err)
		}
	})
}

// TestAnImageIsAskedForRoomTwice: before it is fetched, and when its size is known.
func TestAnImageIsAskedForRoomTwice(t *testing.T) {
	address, push := serve(t)
	push("one")
	s := newHubSite(t)
	j := demand(t, address+"/app")
	var asked []bool
	var size int64
	j.Room = func(_ context.Context, bytes int64, made bool) error {
		asked, size = append(asked, made), bytes
		return nil
	}
	v, err := s.builder().Update(t.Context(), s.store, j, false)
	if err != nil || len(asked) != 2 || asked[0] || !asked[1] || size != v.Size() {
		t.Errorf("it was asked for %v, last for %d of %d bytes: %v", asked, size, v.Size(), err)
	}
	refusal := failure.Publicf(failure.Full, "no")
	push("two")
	j.Room = func(_ context.Context, _ int64, made bool) error {
		if made {
			return refusal
		}
		return nil
	}
	if got, err := s.builder().Update(t.Context(), s.store, j, false); failure.KindOf(err) != failure.Full {
		t.Errorf("though there is no room, there is %+v", got)
	}
	now, err := s.store.Versions(t.Context())
	if err != nil || len(now.List()) != 1 {
		t.Errorf("there is %v, %v", now.List(), err)
	}
}

// TestAnExportNeedsRoomToo: and what the cache has for others is left alone.
func TestAnExportNeedsRoomToo(t *testing.T) {
	address, push := serve(t)
	push("one")
	s := newHubSite(t)
	s.update(address + "/app")
	s.now = s.now.Add(100 * time.Hour)
	push("two")
	b := s.builder()
	b.SpaceOf = sized(new(int64(1<<20)), 1<<40)
	b.Free = func(context.Context, int64) { t.Error("images were to be removed") }
	folder := t.TempDir()
	_, err := b.Export(t.Context(), demand(t, address+"/app"), dir.Outlet(folder))
	if failure.KindOf(err) != failure.Full || !strings.Contains(err.Error(), folder) {
		t.Errorf("it is %v", err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 || s.cachedLayers() != 1 {
		t.Errorf("there is %v, and %d layers are in the cache: %v", left, s.cachedLayers(), err)
	}
}

// TestUnusedLayersMakeRoom: those that no image needs that clients get.
func TestUnusedLayersMakeRoom(t *testing.T) {
	address, push := serve(t)
	push("one")
	s := newHubSite(t)
	s.keep.Keep = 1
	s.update(address + "/app")
	push("two")
	s.now = s.now.Add(time.Minute)
	s.update(address + "/app")
	push("three")
	for _, old := range []bool{false, true} {
		layers := 2
		if old {
			s.now, layers = time.Now().Add(2*time.Hour), 1
		}
		b := s.builder()
		b.SpaceOf = sized(new(int64(1<<20)), 1<<40)
		if _, err := b.Update(t.Context(), s.store, demand(t, address+"/app"), false); failure.KindOf(err) != failure.Full {
			t.Errorf("it is %v", err)
		}
		if n := s.cachedLayers(); n != layers {
			t.Errorf("of two layers, one of which is unused for hours: %v, there are %d", old, n)
		}
	}
}
