package hub

import (
	"slices"
	"testing"
	"time"

	"lxdocker/internal/failure"
)

// change changes the rules of a hub.
func change(h *Hub, how func(*Rules)) {
	rules := *h.Rules()
	how(&rules)
	h.Change(rules)
}

func TestLimitsChangeWhileItWorks(t *testing.T) {
	w := newFixture(t)
	h, _ := w.hub(func(o *Options) { o.Limits.PerClient = 1 })
	ask := func(name string) error {
		_, err := h.Image(t.Context(), name, "amd64", "client")
		return err
	}
	if err := ask("one"); err != nil {
		t.Fatal(err)
	}
	if err := ask("two"); err == nil {
		t.Error("it may ask for more than an hour allows")
	}
	change(h, func(r *Rules) { r.Limits.PerClient = 3 })
	if err := ask("two"); err != nil {
		t.Errorf("with a higher limit: %v", err)
	}
}

func TestHowLongUnusedImagesStayChangesWhileItWorks(t *testing.T) {
	w := newFixture(t)
	w.old(nginx, 2*time.Hour)
	h, _ := w.idle(func(o *Options) { o.Freshness.Days = 24 * time.Hour })
	all, err := w.Versions()
	if err != nil || len(all) != 1 {
		t.Fatalf("%v, %v", all, err)
	}
	for days, goes := range map[time.Duration]bool{time.Hour: true, 24 * time.Hour: false, 0: false} {
		change(h, func(r *Rules) { r.Freshness.Days = days })
		if h.unused(requestFor(all[0]), all[0]) != goes {
			t.Errorf("with %v, that it goes is %v", days, !goes)
		}
	}
}

func policy(t *testing.T, allow ...string) Policy {
	t.Helper()
	p, err := NewPolicy(allow, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestANarrowerPolicyTakesBack what is there, without waiting for the next round, and a wider
// one allows at once.
func TestANarrowerPolicyTakesBack(t *testing.T) {
	w := newFixture(t)
	h, _ := w.hub(nil)
	v, err := h.Image(t.Context(), "nginx", "amd64", "c")
	if err != nil {
		t.Fatal(err)
	}
	change(h, func(r *Rules) { r.Policy = policy(t, "ghcr.io/me/*") })
	if h.Offers(v) {
		t.Error("it is still offered")
	}
	if _, err := h.Image(t.Context(), "nginx", "amd64", "c"); !is(err, failure.Denied) {
		t.Errorf("asked for, it is %v", err)
	}
	soon(t, "it is gone", func() bool {
		all, _ := w.Versions()
		return len(all) == 1 && all[0].Retired != nil
	})
	if _, err := h.Image(t.Context(), "ghcr.io/me/x", "amd64", "c"); err != nil {
		t.Errorf("what is allowed now: %v", err)
	}
}

// TestWhatWaitsIsNotBegunIfNobodyMayHaveItAnyMore, and what works goes on; but nobody gets it.
func TestWhatWaitsIsNotBegunIfNobodyMayHaveItAnyMore(t *testing.T) {
	w := newFixture(t)
	release := make(chan struct{})
	w.gate = release
	h, _ := w.hub(func(o *Options) { o.Limits.Conversions = 1 })
	results := map[string]chan error{"one": make(chan error, 1), "two": make(chan error, 1)}
	ask := func(name string) {
		go func() {
			_, err := h.Image(t.Context(), name, "amd64", "c") // of one client none makes room for another
			results[name] <- err
		}()
	}
	ask("one")
	soon(t, "one is converted", func() bool { return w.count("docker.io/library/one:latest") == 1 })
	ask("two")
	soon(t, "two waits", func() bool { return h.Work().Waiting == 1 })
	change(h, func(r *Rules) { r.Policy = policy(t, "ghcr.io/me/*") })
	close(release)
	for name, result := range results {
		if err := <-result; !is(err, failure.Denied) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := w.count("docker.io/library/two:latest"); n != 0 {
		t.Errorf("two was begun %d times", n)
	}
	change(h, func(r *Rules) { r.Policy = policy(t, "library/*") })
	if _, err := h.Image(t.Context(), "two", "amd64", "c"); err != nil {
		t.Errorf("allowed again: %v", err)
	}
}

func TestMorePlacesAreThereAtOnce(t *testing.T) {
	w := newFixture(t)
	release := make(chan struct{})
	w.gate = release
	h, end := w.hub(func(o *Options) { o.Limits.Conversions = 1 })
	defer end()
	defer close(release)
	for _, name := range []string{"one", "two", "three"} {
		go func() { _, _ = h.Image(t.Context(), name, "amd64", "c") }() // of one client none makes room for another
	}
	soon(t, "two wait", func() bool { return h.Work().Waiting == 2 })
	change(h, func(r *Rules) { r.Limits.Conversions = 4 }) // of which a client may have three
	soon(t, "nobody waits", func() bool { w := h.Work(); return w.Waiting == 0 && w.Running == 3 })
	change(h, func(r *Rules) { r.Limits.Conversions = 1 })
	if w := h.Work(); w.Running != 3 {
		t.Errorf("of three conversions, %d work with one place", w.Running)
	}
}

func TestLessRoomCountsAtOnce(t *testing.T) {
	s := newShelf(t, 1000)
	s.mustAsk("a", "b")
	s.clock.Add(3600)
	change(s.Hub, func(r *Rules) { r.Limits.Disk = 40 })
	soon(t, "the one that was asked for first is gone", func() bool { return slices.Equal(s.has(), []string{"b"}) })
	if d, err := s.Disk(); err != nil || d.Limit != 40 {
		t.Errorf("it says %+v, %v", d, err)
	}
	change(s.Hub, func(r *Rules) { r.Limits.Disk = 0 })
	s.mustAsk("a", "c")
	s.mustHave("without a limit", "a", "b", "c")
}

func TestTagsAreLookedAtAsOftenAsTheRulesSay(t *testing.T) {
	w := newFixture(t)
	w.old(nginx, 2*time.Hour)
	h, _ := w.hub(func(o *Options) { o.Freshness.Every = 0 })
	change(h, func(r *Rules) { r.Freshness.Every = 20 * time.Millisecond })
	soon(t, "the tag was looked at", func() bool { return w.count(nginx) > 1 })
}
