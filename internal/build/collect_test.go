package build_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"lxdocker/internal/build"
	"lxdocker/internal/layer"
	"lxdocker/internal/progress"
	"lxdocker/internal/spec"
)

const day = 24 * time.Hour

// expectLayers says how many layers the cache holds.
func (s *site) expectLayers(n int, when string) {
	s.t.Helper()
	if got := s.cachedLayers(); got != n {
		s.t.Errorf("%s, the cache holds %d layers, not %d", when, got, n)
	}
}

func TestAFailingRegistryTakesNoLayersAwayAfterQuietWeeks(t *testing.T) {
	address, push := serve(t)
	push("one")
	s := newSite(t, time.Now()) // as the disk's clock says when a layer was used
	s.retention.Age = 7 * day
	app := []spec.Spec{{Name: "app", Image: address + "/app"}}
	s.run(app)
	for range 2 {
		s.now = s.now.Add(8 * day)
		if r := s.run(app)[0]; r.Outcome != progress.Unchanged {
			t.Fatalf("got %+v", r)
		}
	}
	for range 2 {
		s.now = s.now.Add(8 * day)
		if r := s.run([]spec.Spec{{Name: "app", Image: address + "/app:gone"}})[0]; r.Outcome != progress.Failed {
			t.Fatalf("got %+v", r)
		}
		s.expectLayers(1, "after a failure")
	}
}

func TestASpecThatIsGoneLeavesItsLayersForAsLongAsTheirAge(t *testing.T) {
	address, push := serve(t)
	push("one")
	s := newSite(t, time.Now())
	s.retention.Age = 7 * day
	gone := spec.Spec{Name: "gone", Image: address + "/app"}
	s.run([]spec.Spec{gone})
	s.now = s.now.Add(8 * day)
	s.run([]spec.Spec{gone})
	push("two")
	stays := []spec.Spec{{Name: "stays", Image: address + "/app"}}
	s.now = s.now.Add(6 * day)
	s.run(stays)
	s.expectLayers(2, "six days after it was needed")
	s.now = s.now.Add(2 * day)
	s.run(stays)
	s.expectLayers(1, "eight days after it was needed")
}

func TestWhatTheHubSuppliesKeepsItsLayers(t *testing.T) {
	address, push := serve(t)
	push("one")
	s := newHubSite(t)
	hub := s.update(address + "/app")
	push("two")
	specs := []spec.Spec{{Name: "app", Image: address + "/app"}}
	s.run(specs)
	s.expectLayers(2, "after a run on specs")
	if err := s.builder().Drop(t.Context(), s.store, hub.Product()); err != nil {
		t.Fatal(err)
	}
	s.run(specs)
	s.expectLayers(1, "after the image was dropped")
}

func TestARunOnSomeSpecsKeepsTheCacheSmall(t *testing.T) {
	address, push := serve(t)
	s := newSite(t, time.Now())
	run := func(image string) {
		t.Helper()
		push(image)
		unlock, err := s.store.TryLock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
		if _, err := s.builder().Run(context.Background(), s.store, build.Request{Jobs: s.jobs([]spec.Spec{{Name: image, Image: address + "/app"}})}); err != nil {
			t.Fatal(err)
		}
	}
	run("one")
	run("two")
	s.expectLayers(2, "without a limit")
	s.retention = layer.Retention{Size: 1}
	run("three")
	s.expectLayers(0, "with a limit of one byte")
}

// TestWhatStrangersAskForKeepsTheCacheSmall: whether or not an image comes of it.
func TestWhatStrangersAskForKeepsTheCacheSmall(t *testing.T) {
	address, push := serve(t)
	push("one")
	s := newHubSite(t)
	s.update(address + "/app")
	s.expectLayers(1, "without a limit")
	s.retention = layer.Retention{Size: 1}
	push("two")
	s.update(address + "/app")
	s.builder().Trim(t.Context(), s.store)
	s.expectLayers(0, "with a limit of one byte")
	push("three")
	j, layers := demand(t, address+"/app"), -1
	j.Room = func(_ context.Context, _ int64, made bool) error {
		if made {
			layers = s.cachedLayers()
			return errors.New("no")
		}
		return nil
	}
	if _, err := s.builder().Update(t.Context(), s.store, j, false); err == nil || layers != 1 {
		t.Fatalf("it is %v, with %d layers", err, layers)
	}
	s.builder().Trim(t.Context(), s.store)
	s.expectLayers(0, "after an image that is not made")
}

// onLog calls a function for each line of a log.
type onLog func(slog.Record)

func (onLog) Enabled(context.Context, slog.Level) bool        { return true }
func (f onLog) Handle(_ context.Context, r slog.Record) error { f(r); return nil }
func (f onLog) WithAttrs([]slog.Attr) slog.Handler            { return f }
func (f onLog) WithGroup(string) slog.Handler                 { return f }

// TestWhoTrimsBesideAnotherDoesNotWait, and the other looks again.
func TestWhoTrimsBesideAnotherDoesNotWait(t *testing.T) {
	address, push := serve(t)
	push("one")
	s := newHubSite(t)
	s.retention = layer.Retention{Size: 1}
	b, removed := s.builder(), 0
	update := func() {
		t.Helper()
		if _, err := b.Update(t.Context(), s.store, demand(t, address+"/app"), false); err != nil {
			t.Fatal(err)
		}
	}
	update()
	b.Log = slog.New(onLog(func(r slog.Record) {
		if r.Message != "removed layers from the cache" {
			return
		}
		if removed++; removed > 1 {
			return
		}
		s.expectLayers(0, "after the first look")
		push("two")
		update()
		b.Trim(t.Context(), s.store)
		s.expectLayers(1, "after a call beside another")
	}))
	b.Trim(t.Context(), s.store)
	s.expectLayers(0, "when the other has ended")
	if removed != 2 {
		t.Errorf("layers were removed %d times", removed)
	}
}
