package hub

import (
	"os"
	"testing"
	"time"
)

func TestWhatClientsAskedForOutlivesARestart(t *testing.T) {
	w := newFixture(t)
	limit := func(o *Options) { o.Limits.PerClient = 2 }
	h, end := w.hub(limit)
	for _, name := range []string{"one", "two"} {
		if err := ask(t, h, name, "greedy"); err != nil {
			t.Fatal(err)
		}
	}
	h.use.add("greedy", time.Minute, w.now())
	asks := h.use.asks("greedy", w.now())
	end()
	h, end = w.hub(limit)
	if err := ask(t, h, "three", "greedy"); err == nil {
		t.Error("it may ask for more than an hour allows")
	}
	if got := h.use.asks("greedy", w.now()); got < 0.9*asks || got > asks || asks < 1.5 {
		t.Errorf("it has asked %v times for a place, and then %v times", asks, got)
	}
	if err := ask(t, h, "three", "other"); err != nil {
		t.Error(err)
	}
	if had := h.use.of("greedy", w.now()); had < 50*time.Second || had > time.Minute+time.Second { // and what two conversions took
		t.Errorf("it has had %v", had)
	}
	end()
	if err := os.WriteFile(h.clientsFile(), []byte("no list"), 0o600); err != nil {
		t.Fatal(err)
	}
	h, _ = w.hub(limit)
	if err := ask(t, h, "four", "greedy"); err != nil {
		t.Errorf("when nobody knows, it is told %v", err)
	}
}
