package dir_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
	"lxdocker/internal/store/dir"
	"lxdocker/internal/store/storetest"
)

// TestAnyHistoryOfAStore does random things to a store, under a clock that goes
// where it likes, and compares what is listed with a map that had the same
// things done to it.
func TestAnyHistoryOfAStore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		folder, err := os.MkdirTemp("", "store-")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(folder)
		h := &history{t: t, clock: storetest.NewClock(), folder: folder, model: map[string]image.Version{}, pins: map[string]time.Time{}, seen: map[string]time.Time{}}
		stores := []*dir.Store{h.open(), h.open()}
		for range rapid.IntRange(1, 15).Draw(t, "steps") {
			h.store = rapid.SampledFrom(stores).Draw(t, "store")
			rapid.SampledFrom([]func(){
				h.publish, h.publish, h.retire, h.prune, h.turnClock, h.pin, h.updateStreams, h.loseLedger,
			}).Draw(t, "step")()
			for _, s := range append(stores, h.open()) {
				h.compare(s)
			}
		}
		h.store = h.open()
		if err := h.store.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.compare(h.store)
		for _, v := range storeList(t, h.store) {
			if err := store.Verify(t.Context(), h.store, v); err != nil {
				t.Fatal(err)
			}
		}
		h.compareShared()
	})
}

type history struct {
	t      *rapid.T
	store  *dir.Store // that does the next step
	clock  *storetest.Clock
	folder string
	model  map[string]image.Version // by name and serial
	pins   map[string]time.Time     // by name
	seen   map[string]time.Time     // when those were first seen that were retired in the future; as model
}

func (h *history) open() *dir.Store {
	s, err := dir.Open(h.folder, dir.WithClock(h.clock.Time))
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

func storeList(t *rapid.T, s *dir.Store) []image.Version {
	now, err := s.Versions(t.Context())
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nothing has made the folder yet
	}
	if err != nil {
		t.Fatal(err)
	}
	return now.List()
}

func (h *history) pin() {
	name := rapid.SampledFrom([]string{"a", "b"}).Draw(h.t, "name")
	if rapid.Bool().Draw(h.t, "unpin") {
		err := h.store.Pin(h.t.Context(), version(name).Product(), nil)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			h.t.Fatal(err)
		}
		delete(h.pins, name)
		return
	}
	err := h.store.Pin(h.t.Context(), version(name).Product(), new(h.clock.Now))
	if there := h.has(name); (err == nil) != there {
		h.t.Fatalf("pinning %s, which is there: %v: %v", name, there, err)
	}
	if _, already := h.pins[name]; err == nil && !already {
		h.pins[name] = h.clock.Now
	}
}

func (h *history) has(name string) bool {
	for _, v := range h.model {
		if v.Name == name {
			return true
		}
	}
	return false
}

func (h *history) updateStreams() {
	err := h.store.UpdateStreams(h.t.Context(), func(all map[image.Product]image.Packed) ([]byte, []byte, error) {
		return []byte("{}"), fmt.Append(nil, len(all)), nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// loseLedger removes the ledger, or cuts off its end.
func (h *history) loseLedger() {
	file := filepath.Join(h.folder, ".ledger")
	info, err := os.Stat(file)
	if err != nil {
		return
	}
	if rapid.Bool().Draw(h.t, "remove") {
		err = os.Remove(file)
	} else {
		err = os.Truncate(file, info.Size()-rapid.Int64Range(1, 3).Draw(h.t, "bytes"))
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *history) publish() {
	name := rapid.SampledFrom([]string{"a", "b"}).Draw(h.t, "name")
	d, err := h.store.Draft(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	defer d.Discard()
	w, err := d.Create(image.Unified, "lxd_combined.tar")
	if err != nil {
		h.t.Fatal(err)
	}
	content := rapid.SliceOf(rapid.Byte()).Draw(h.t, "content")
	if rapid.Bool().Draw(h.t, "shared") {
		content = bytes.Repeat([]byte{rapid.ByteRange(0, 1).Draw(h.t, "byte")}, 5000)
	}
	if _, err := w.Write(content); err != nil {
		h.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		h.t.Fatal(err)
	}
	v, err := d.Publish(h.t.Context(), version(name))
	if err != nil {
		h.t.Fatal(err)
	}
	for _, other := range h.model {
		if other.Name == name && other.Serial >= v.Serial {
			h.t.Fatalf("%s was published after %s", v.Serial, other.Serial)
		}
	}
	h.model[v.Name+v.Serial] = v
}

func (h *history) retire() {
	if len(h.model) == 0 {
		return
	}
	key := rapid.SampledFrom(slices.Sorted(maps.Keys(h.model))).Draw(h.t, "version")
	v := h.model[key]
	if err := h.store.Retire(h.t.Context(), h.clock.Now, v); err != nil {
		h.t.Fatal(err)
	}
	if v.Retired == nil {
		at := h.clock.Now
		v.Retired = &at
		h.model[key] = v
	}
}

func (h *history) prune() {
	grace := rapid.SampledFrom([]time.Duration{0, time.Hour}).Draw(h.t, "grace")
	removed, err := h.store.Prune(h.t.Context(), h.clock.Now, grace)
	if err != nil {
		h.t.Fatal(err)
	}
	due := 0
	for key, v := range h.model {
		if v.Retired != nil && h.clock.Now.Sub(h.retiredSince(key, *v.Retired)) >= grace {
			delete(h.model, key)
			delete(h.seen, key)
			due++
		}
	}
	if len(removed) != due {
		h.t.Fatalf("removed %d versions, %d were due", len(removed), due)
	}
}

// retiredSince is when the days of a version are counted from.
func (h *history) retiredSince(key string, at time.Time) time.Time {
	now := h.clock.Now
	if !at.After(now.Add(image.ClockSkew)) {
		return at
	}
	if seen, ok := h.seen[key]; !ok || seen.After(now) {
		h.seen[key] = now
	}
	return h.seen[key]
}

func (h *history) turnClock() {
	h.clock.Now = h.clock.Now.Add(time.Duration(rapid.IntRange(-90, 90).Draw(h.t, "minutes")) * time.Minute)
}

func (h *history) compare(s *dir.Store) {
	for name := range h.pins {
		if !h.has(name) {
			delete(h.pins, name)
		}
	}
	want := slices.Collect(maps.Values(h.model))
	for i, v := range want {
		if at, ok := h.pins[v.Name]; ok {
			want[i].Pinned = &at
		}
	}
	if got, want := facts(storeList(h.t, s)), facts(want); !slices.Equal(got, want) {
		h.t.Fatalf("listed %v, want %v", got, want)
	}
}

// compareShared says whether equal files are one file: of those that are large enough, and
// by whomever they were published.
func (h *history) compareShared() {
	inodes := map[string]uint64{}
	for _, v := range h.model {
		f := v.Files[0]
		if f.Size < 4096 {
			continue
		}
		info, err := os.Stat(filepath.Join(h.folder, v.Path(f)))
		if err != nil {
			h.t.Fatal(err)
		}
		inode := info.Sys().(*syscall.Stat_t).Ino
		if other, ok := inodes[f.SHA256]; ok && other != inode {
			h.t.Fatalf("%s has its own copy of what another version has, too", v.Dir())
		}
		inodes[f.SHA256] = inode
	}
}

// facts are what has to be right about versions, in order.
func facts(versions []image.Version) []string {
	var all []string
	for _, v := range versions {
		at := "current"
		if v.Retired != nil {
			at = v.Retired.UTC().String()
		}
		if v.Pinned != nil {
			at += " pinned " + v.Pinned.UTC().String()
		}
		all = append(all, fmt.Sprint(v.Name, v.Serial, v.Fingerprint, v.Files[0].Size, at))
	}
	slices.Sort(all)
	return all
}
