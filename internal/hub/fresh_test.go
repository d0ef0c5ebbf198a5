package hub

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lxdocker/internal/image"
)

// often makes a hub look at tags again all the time.
func often(o *Options) { o.Freshness.Every = 20 * time.Millisecond }

// old publishes an image as it was long ago.
func (w *fixture) old(ref string, age time.Duration) {
	w.set(func() { w.publish(ref, "amd64", w.now().Add(-age)) })
}

func TestATagThatMovedIsConvertedAheadOfTheNextClient(t *testing.T) {
	w := newFixture(t)
	w.old(nginx, time.Hour)
	w.hub(often)
	soon(t, "looked at", func() bool { return w.count(nginx) > 1 })
	if all, _ := w.Versions(); len(all) != 1 {
		t.Fatalf("there are %d versions", len(all))
	}
	w.set(func() { w.moved[nginx] = true })
	soon(t, "a new version", func() bool { all, _ := w.Versions(); return len(all) == 2 })
}

func TestAllTagsAreLookedAtWhenSomebodySaysSo(t *testing.T) {
	w := newFixture(t)
	w.old(nginx, time.Minute)
	h, _ := w.hub(func(o *Options) { o.Freshness.Every = time.Hour })
	h.round()
	if n := w.count(nginx); n != 0 {
		t.Fatalf("a new image was looked at %d times", n)
	}
	w.set(func() { w.moved[nginx] = true })
	h.LookNow()
	soon(t, "a new version", func() bool { all, _ := w.Versions(); return len(all) == 2 })
	w.set(func() { w.limited = time.Now().Add(time.Hour) })
	before := w.count(nginx)
	h.LookNow()
	h.hurry()
	h.round()
	if n := w.count(nginx); n != before {
		t.Errorf("a registry that asked to be left alone was asked %d times", n-before)
	}
}

func TestAFailedLookChangesNothing(t *testing.T) {
	w := newFixture(t)
	w.old(nginx, time.Hour)
	w.err = errors.New("the registry is down")
	h, _ := w.hub(often)
	soon(t, "looked at", func() bool { return w.count(nginx) > 1 })
	if v, err := h.Image(t.Context(), "nginx", "amd64", "c"); err != nil || v.Source != nginx {
		t.Errorf("clients get %v, %v", v, err)
	}
}

func TestWhatIsNotLookedAt(t *testing.T) {
	tests := map[string]struct {
		ref    string
		change func(w *fixture, o *Options)
	}{
		"a digest":               {"docker.io/library/nginx@sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a", nil},
		"a registry that rests":  {nginx, func(w *fixture, o *Options) { w.limited = time.Now().Add(time.Hour) }},
		"nothing, if not wanted": {nginx, func(w *fixture, o *Options) { o.Freshness.Every = 0 }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newFixture(t)
			w.old(test.ref, time.Hour)
			other := "docker.io/library/other:latest"
			h, _ := w.hub(func(o *Options) {
				often(o)
				if test.change != nil {
					test.change(w, o)
				}
			})
			if test.change == nil { // another image shows that there were rounds
				w.old(other, time.Hour)
				soon(t, "looked at the other one", func() bool { return w.count(other) > 2 })
			} else {
				for range 3 {
					h.round()
				}
			}
			if n := w.count(test.ref); n != 0 {
				t.Errorf("it was looked at %d times", n)
			}
		})
	}
}

func TestWhatNobodyAsksForGoes(t *testing.T) {
	w := newFixture(t)
	w.old(nginx, 40*24*time.Hour)
	w.old("docker.io/library/young:latest", time.Hour)
	w.old("docker.io/library/asked:latest", 40*24*time.Hour)
	policy, err := NewPolicy([]string{"library/*"}, []string{"evil"})
	if err != nil {
		t.Fatal(err)
	}
	w.old("docker.io/library/evil:latest", time.Minute)
	w.set(func() {
		v := w.publish("docker.io/library/spec:latest", "amd64", w.now().Add(-40*24*time.Hour))
		v.Hub = false
		w.versions[len(w.versions)-1] = v
	})
	days := func(o *Options) { o.Freshness.Days = 30 * 24 * time.Hour; o.Policy = policy }
	file := filepath.Join(w.dir, "cache", "asked.json") // a journal that has never heard of them
	if err := errors.Join(os.Mkdir(filepath.Dir(file), 0o755), os.WriteFile(file, []byte("[]"), 0o600)); err != nil {
		t.Fatal(err)
	}
	h, end := w.hub(nil) // without an end of its own
	h.Asked(image.Version{Source: "docker.io/library/asked:latest", Architecture: "amd64"})
	end()
	h, _ = w.hub(days)
	h.round()
	gone := map[string]bool{nginx: true, "docker.io/library/evil:latest": true}
	all, _ := w.Versions()
	for _, v := range all {
		if (v.Retired != nil) != gone[v.Source] {
			t.Errorf("%s is gone: %v", v.Source, v.Retired != nil)
		}
	}
}

// Serials, and what the journal says, may be ahead of a clock that was wrong.
func TestATimeThatIsYetToComeIsNow(t *testing.T) {
	w := newFixture(t)
	w.old(nginx, -10*365*24*time.Hour)
	var log bytes.Buffer
	_, end := w.hub(func(o *Options) { often(o); o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	soon(t, "looked at", func() bool { return w.count(nginx) > 1 })
	end()
	if n := strings.Count(log.String(), "yet to come"); n != 1 {
		t.Errorf("that was said %d times:\n%s", n, log.String())
	}
}

func TestWhatWasAskedForInTheFutureGoesAllTheSame(t *testing.T) {
	const day = 24 * time.Hour
	for name, ask := range map[string]bool{"by the journal": true, "the journal has never heard of it, by the serial": false} {
		t.Run(name, func(t *testing.T) {
			w := newFixture(t)
			base, days := time.Now(), new(atomic.Int64)
			w.now = func() time.Time { return base.AddDate(0, 0, int(days.Load())) }
			w.old(nginx, -3650*day)
			if ask {
				days.Store(3650)
				h, end := w.hub(nil)
				h.Asked(image.Version{Source: nginx, Architecture: "amd64"})
				end()
				days.Store(0)
			} else { // without one, everything counts as asked for when the hub begins, whatever day that is by then
				file := filepath.Join(w.dir, "cache", "asked.json")
				if err := errors.Join(os.Mkdir(filepath.Dir(file), 0o755), os.WriteFile(file, []byte("[]"), 0o600)); err != nil {
					t.Fatal(err)
				}
			}
			h, _ := w.hub(func(o *Options) { o.Freshness.Days = 14 * day })
			gone := func() bool { all, _ := w.Versions(); return all[0].Retired != nil }
			for _, step := range []struct {
				days int64
				gone bool
			}{{0, false}, {13, false}, {15, true}} {
				days.Store(step.days)
				h.round()
				if gone() != step.gone {
					t.Fatalf("after %d days it is gone: %v", step.days, gone())
				}
			}
		})
	}
}
