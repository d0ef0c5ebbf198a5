package hub

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"lxdocker/internal/failure"
)

// ask asks for an image as a client does.
func ask(t *testing.T, h *Hub, name, client string) error {
	_, err := h.Image(t.Context(), name, "amd64", client)
	return err
}

// waitFor waits until so many images are being converted or wait for that.
func waitFor(t *testing.T, h *Hub, calls int) {
	t.Helper()
	soon(t, fmt.Sprint(calls, " wait"), func() bool { h.mu.Lock(); defer h.mu.Unlock(); return len(h.calls) == calls })
}

func TestConversionsAtOnceHaveALimit(t *testing.T) {
	w := newFixture(t)
	w.gate = make(chan struct{})
	h, _ := w.hub(func(o *Options) { o.Limits.Conversions = 3 })
	var group sync.WaitGroup
	for i := range 12 {
		group.Go(func() {
			if err := ask(t, h, fmt.Sprint("image", i), fmt.Sprint("client", i)); err != nil {
				t.Error(err)
			}
		})
	}
	for range 3 {
		<-w.started
	}
	close(w.gate)
	group.Wait()
	if w.most != 3 {
		t.Errorf("there were %d at once", w.most)
	}
}

func TestImagesThatWaitHaveALimit(t *testing.T) {
	w := newFixture(t)
	w.gate = make(chan struct{})
	h, _ := w.hub(func(o *Options) { o.Limits.Waiting = 2; o.Limits.Conversions = 1 })
	var group sync.WaitGroup
	for i := range 2 {
		group.Go(func() { _ = ask(t, h, fmt.Sprint("image", i), fmt.Sprint("client", i)) })
	}
	waitFor(t, h, 2)
	if err := ask(t, h, "another", "c"); !is(err, failure.Unavailable) || !strings.Contains(err.Error(), "2 images are being converted") {
		t.Errorf("the third is told %v", err)
	}
	close(w.gate)
	group.Wait()
}

func TestImagesThatWaitMakeRoomForThoseOfWhoWaitsForFewer(t *testing.T) {
	w := newFixture(t)
	w.gate = make(chan struct{})
	h, _ := w.hub(func(o *Options) { o.Limits.Waiting = 10; o.Limits.Conversions = 1 })
	var group sync.WaitGroup
	told := make(chan error, 10)
	for _, client := range []string{"a", "b", "c", "d", "e"} {
		for i := range 2 {
			group.Go(func() { told <- ask(t, h, fmt.Sprint(client, i), client) })
		}
	}
	waitFor(t, h, 10)
	group.Go(func() {
		if err := ask(t, h, "honest", "honest"); err != nil {
			t.Error(err)
		}
	})
	if err := <-told; !is(err, failure.Unavailable) || !strings.Contains(err.Error(), "client with the most") {
		t.Errorf("whoever has most is told %v", err)
	}
	if err := ask(t, h, "second", "honest"); !is(err, failure.Unavailable) || !strings.Contains(err.Error(), "10 images are being converted") {
		t.Errorf("who has as many as others is told %v", err)
	}
	close(w.gate)
	group.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.calls) > 0 {
		t.Errorf("in the end there are %v", h.calls)
	}
}

func TestImagesThatHaveBegunOnceMakeRoom(t *testing.T) {
	w := newFixture(t)
	w.gate = make(chan struct{})
	h, _ := w.hub(func(o *Options) { o.Limits.Waiting = 10; o.Limits.Conversions = 1 })
	h.use.add("greedy", time.Hour, h.Now())
	var group sync.WaitGroup
	told := make(chan error, 2)
	for _, name := range []string{"large", "larger"} {
		group.Go(func() { told <- ask(t, h, name, "greedy") })
		<-w.started
		turn, err := h.first.take(t.Context(), "other", nil) // the place of the greedy one
		if err != nil {
			t.Fatal(err)
		}
		if name == "large" {
			<-w.started // begins again, at the only place for that
		} else {
			soon(t, "it waits for that", func() bool { waiting, _ := h.long.count(); return waiting == 1 })
		}
		turn.give()
	}
	for i := range 8 {
		group.Go(func() { _ = ask(t, h, fmt.Sprint("image", i), fmt.Sprint("client", i)) })
	}
	waitFor(t, h, 10)
	group.Go(func() {
		if err := ask(t, h, "honest", "honest"); err != nil {
			t.Error(err)
		}
	})
	if err := <-told; !is(err, failure.Unavailable) || !strings.Contains(err.Error(), "client with the most") {
		t.Errorf("the greedy one is told %v", err)
	}
	close(w.gate)
	group.Wait()
}

func TestOneClientHasAShareOfTheImagesThatWait(t *testing.T) {
	w := newFixture(t)
	w.gate = make(chan struct{})
	h, _ := w.hub(func(o *Options) { o.Limits.Waiting = 10; o.Limits.Conversions = 2 })
	var group sync.WaitGroup
	for i := range 2 {
		group.Go(func() { _ = ask(t, h, fmt.Sprint("image", i), "greedy") })
	}
	waitFor(t, h, 2)
	if err := ask(t, h, "another", "greedy"); !is(err, failure.Unavailable) || !strings.Contains(err.Error(), "2 images that greedy has asked for") {
		t.Errorf("the third is told %v", err)
	}
	<-w.started
	group.Go(func() {
		if err := ask(t, h, "another", "other"); err != nil {
			t.Error(err)
		}
	})
	<-w.started // beside that of the greedy one
	close(w.gate)
	group.Wait()
}

func TestAClientMayAskForSoManyNewImagesInAnHour(t *testing.T) {
	w := newFixture(t)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	w.now = func() time.Time { return now }
	h, end := w.hub(func(o *Options) { o.Limits.PerClient = 2 })
	for _, name := range []string{"one", "two", "one", "two"} { // what is known costs nothing
		if err := ask(t, h, name, "c"); err != nil {
			t.Fatal(err)
		}
	}
	err := ask(t, h, "three", "c")
	if !is(err, failure.RateLimited) || failure.RetryAfter(err) != 30*time.Minute {
		t.Errorf("the third is told %v, to come back in %v", err, failure.RetryAfter(err))
	}
	if err := ask(t, h, "three", "other"); err != nil {
		t.Errorf("another client gets %v", err)
	}
	h.mu.Lock()
	now = now.Add(30 * time.Minute)
	h.mu.Unlock()
	if err := ask(t, h, "four", "c"); err != nil {
		t.Errorf("half an hour later: %v", err)
	}
	end()
}
