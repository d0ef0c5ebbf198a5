package build_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"lxdocker/internal/progress"
)

// heard writes down what an Observer is told.
type heard struct {
	mu   sync.Mutex
	said []string
}

func (h *heard) say(what ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.said = append(h.said, fmt.Sprint(what...))
}

func (h *heard) Making(onDemand bool) { h.say("making ", onDemand) }

func (h *heard) Ended(onDemand bool, outcome progress.Outcome, made bool, err error, _ time.Duration) {
	h.say(onDemand, " ", outcome, " ", made, " ", err != nil)
}

func (h *heard) Followed(failed int, _ time.Time) { h.say("followed ", failed) }

func TestAnObserverIsToldOfTheWorkOnImages(t *testing.T) {
	address, push := serve(t)
	push("one")
	s := newHubSite(t)
	b, h := s.builder(), &heard{}
	b.Observer = h
	for _, name := range []string{"/app", "/app", "/nothing"} {
		_, _ = b.Update(t.Context(), s.store, demand(t, address+name), false)
	}
	want := []string{"making true", "true built true false", "true unchanged false false", "true failed false true"}
	if !slices.Equal(h.said, want) {
		t.Errorf("it was told %q", h.said)
	}
}
