package hub

import (
	"testing"
	"time"
)

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
	h.Limit(3, time.Hour)
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
		h.Limit(1, days)
		if h.unused(requestFor(all[0]), all[0]) != goes {
			t.Errorf("with %v, that it goes is %v", days, !goes)
		}
	}
}
