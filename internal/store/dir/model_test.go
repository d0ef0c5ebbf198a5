package dir_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
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
	rapid.Check(t, func(t *rapid.T) {
		folder, err := os.MkdirTemp("", "store-")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(folder)
		h := &history{t: t, clock: storetest.NewClock(), model: map[string]image.Version{}}
		if h.store, err = dir.Open(folder, dir.WithClock(h.clock.Time)); err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 15).Draw(t, "steps") {
			rapid.SampledFrom([]func(){h.publish, h.publish, h.retire, h.prune, h.turnClock}).Draw(t, "step")()
			h.compare()
		}
	})
}

type history struct {
	t     *rapid.T
	store *dir.Store
	clock *storetest.Clock
	model map[string]image.Version // by name and serial
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
	if _, err := w.Write(rapid.SliceOf(rapid.Byte()).Draw(h.t, "content")); err != nil {
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
		if v.Retired != nil && h.clock.Now.Sub(*v.Retired) >= grace {
			delete(h.model, key)
			due++
		}
	}
	if len(removed) != due {
		h.t.Fatalf("removed %d versions, %d were due", len(removed), due)
	}
}

func (h *history) turnClock() {
	h.clock.Now = h.clock.Now.Add(time.Duration(rapid.IntRange(-90, 90).Draw(h.t, "minutes")) * time.Minute)
}

func (h *history) compare() {
	now, err := h.store.Versions(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	listed := now.List()
	if got, want := facts(listed), facts(slices.Collect(maps.Values(h.model))); !slices.Equal(got, want) {
		h.t.Fatalf("listed %v, want %v", got, want)
	}
	for _, v := range listed {
		if err := store.Verify(h.t.Context(), h.store, v); err != nil {
			h.t.Fatal(err)
		}
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
		all = append(all, fmt.Sprint(v.Name, v.Serial, v.Fingerprint, v.Files[0].Size, at))
	}
	slices.Sort(all)
	return all
}
