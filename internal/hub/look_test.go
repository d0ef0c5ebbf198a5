package hub

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/image"
	"lxdocker/internal/oci"
)

// hourly makes a hub that looks at tags so rarely that it is clients who cause a look.
func hourly(o *Options) { o.Freshness.Every = time.Hour }

// looked is how often clients caused a look.
func (w *fixture) looked() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.looks
}

func TestWhoLaunchesGetsWhatATagMeansNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFixture(t)
		w.old(nginx, time.Minute)
		h, end := w.hub(hourly)
		defer end()
		ask := func(waits bool) image.Version {
			v, ok, err := h.known(reading(nginx, "amd64"))
			if err != nil || !ok {
				t.Fatalf("%v, %v", ok, err)
			}
			return h.Fresh(t.Context(), v, waits)
		}
		first := ask(true)
		if again := ask(true); again.Serial != first.Serial || w.looked() != 1 {
			t.Errorf("asked twice, it is %s and then %s, after %d looks", first.Serial, again.Serial, w.looked())
		}
		w.set(func() { w.moved[nginx] = true })
		if v := ask(true); v.Serial != first.Serial {
			t.Error("the second question of one launch got another answer")
		}
		time.Sleep(image.LookAgain)
		if v := ask(true); v.Serial == first.Serial {
			t.Error("the tag has moved, and who launches gets the old image")
		}
	})
}

func TestNobodyWaitsInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFixture(t)
		w.old(nginx, time.Minute)
		w.moved[nginx] = true
		w.slow = make(chan struct{})
		h, end := w.hub(hourly)
		defer end()
		old, _, _ := h.known(reading(nginx, "amd64"))
		began := time.Now()
		if v := h.Fresh(t.Context(), old, false); v.Serial != old.Serial || time.Since(began) > 0 {
			t.Errorf("after %v it is %s", time.Since(began), v.Serial)
		}
		close(w.slow)
		synctest.Wait()
		if v, _, _ := h.known(reading(nginx, "amd64")); v.Serial == old.Serial {
			t.Error("what it caused was not converted")
		}
	})
}

func TestALookThatLeadsToNothing(t *testing.T) {
	for what, test := range map[string]struct {
		set   func(w *fixture, o *Options)
		takes time.Duration // at most
		looks int
	}{
		"the registry takes too long":         {func(w *fixture, _ *Options) { w.slow = make(chan struct{}) }, image.LookTime, 1},
		"the registry is down":                {func(w *fixture, _ *Options) { w.err = failure.New(failure.Unavailable, errors.New("no route")) }, 0, 1},
		"the registry wants to be left alone": {func(w *fixture, _ *Options) { w.limited = time.Now().Add(time.Hour) }, 0, 0},
		"tags are never looked at":            {func(_ *fixture, o *Options) { o.Freshness.Every = 0 }, 0, 0},
		"the conversion fails":                {func(w *fixture, o *Options) { o.Converter = failing{w} }, 0, 1},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newFixture(t)
				w.old(nginx, time.Minute)
				w.moved[nginx] = true
				h, end := w.hub(func(o *Options) { hourly(o); test.set(w, o) })
				defer end()
				old, _, _ := h.known(reading(nginx, "amd64"))
				began := time.Now()
				if v := h.Fresh(t.Context(), old, true); v.Serial != old.Serial {
					t.Errorf("it is %s", v.Serial)
				}
				if took := time.Since(began); took > test.takes || w.looked() != test.looks {
					t.Errorf("it took %v and %d looks", took, w.looked())
				}
				if at, _ := h.journal.last(reading(nginx, "amd64")); at.IsZero() {
					t.Error("nobody knows any more that it is asked for")
				}
			})
		})
	}
}

// failing converts nothing.
type failing struct{ *fixture }

func (f failing) Convert(context.Context, oci.Reference, string, bool) (image.Version, error) {
	return image.Version{}, errors.New("out of space")
}

func TestWhatWasLostIsMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFixture(t)
		w.old(nginx, time.Minute)
		h, end := w.hub(hourly)
		defer end()
		lost, _, _ := h.known(reading(nginx, "amd64"))
		w.set(func() { w.versions = nil })
		foreign, spec, old := lost, lost, lost
		foreign.Source, spec.Hub, old.Retired = "ghcr.io/me/x:latest", false, new(time.Time)
		for _, v := range []image.Version{foreign, spec, old, lost, lost} {
			h.Lost(v)
		}
		synctest.Wait()
		if all, _ := w.Versions(); len(all) != 1 || all[0].Source != nginx {
			t.Errorf("there is %v", all)
		}
	})
}

func TestManyWhoAskCauseFewLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFixture(t)
		w.slow = make(chan struct{})
		for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"} {
			w.old("docker.io/library/"+name+":latest", time.Minute)
		}
		h, end := w.hub(hourly)
		defer end()
		all, err := h.current()
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			for _, v := range all {
				h.Fresh(t.Context(), v, false)
			}
		}
		synctest.Wait()
		if w.looked() != looksAtOnce {
			t.Errorf("there are %d looks", w.looked())
		}
		close(w.slow)
	})
}
