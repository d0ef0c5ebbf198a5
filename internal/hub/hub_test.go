package hub

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/store"
)

func TestAnImageIsConvertedOnceAndThenKnown(t *testing.T) {
	w := newFixture(t)
	h, _ := w.hub(nil)
	first, err := h.Image(t.Context(), "nginx", "amd64", "c")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"nginx:latest", "docker.io/library/nginx", "index.docker.io/library/nginx:latest", "https://hub.docker.com/_/nginx"} {
		v, err := h.Image(t.Context(), name, "amd64", "c")
		if err != nil || v.Serial != first.Serial {
			t.Errorf("%s is %v (%v), not %v", name, v, err, first)
		}
	}
	if n := w.count(nginx); n != 1 {
		t.Errorf("it was converted %d times", n)
	}
	other, err := h.Image(t.Context(), "nginx", "arm64", "c")
	if err != nil || other.Architecture != "arm64" {
		t.Errorf("for arm64 it is %v (%v)", other, err)
	}
}

func TestAllWhoAskAtOnceShareOneConversion(t *testing.T) {
	w := newFixture(t)
	w.gate = make(chan struct{})
	h, _ := w.hub(func(o *Options) { o.Limits.PerClient = 1 })
	var group sync.WaitGroup
	for i := range 50 {
		group.Go(func() {
			// Whoever comes when it has begun asks for nothing new.
			if v, err := h.Image(t.Context(), "nginx", "amd64", fmt.Sprint(i)); err != nil || v.Source != nginx {
				t.Errorf("client %d gets %v, %v", i, v, err)
			}
		})
	}
	<-w.started
	close(w.gate)
	group.Wait()
	if n := w.count(nginx); n != 1 {
		t.Errorf("it was converted %d times", n)
	}
}

func TestAConversionThatEndsMeanwhileIsNotDoneAgain(t *testing.T) {
	w := newFixture(t)
	var late atomic.Bool
	looked, goOn := make(chan struct{}), make(chan struct{})
	h, end := w.idle(func(o *Options) { // one that runs looks at the store, too, and whose look is held is not known
		o.Limits.PerClient = 1
		o.Snapshot = func(ctx context.Context) (*store.Snapshot, error) {
			all, err := w.snapshot(ctx)
			if late.CompareAndSwap(true, false) { // what it says is of a moment ago
				close(looked)
				<-goOn
			}
			return all, err
		}
	})
	defer h.stop()
	defer end()
	if _, err := h.Image(t.Context(), "redis", "amd64", "late"); err != nil { // all that it may
		t.Fatal(err)
	}
	late.Store(true)
	answered := make(chan error)
	go func() { _, err := h.Image(t.Context(), "nginx", "amd64", "late"); answered <- err }()
	<-looked
	if _, err := h.Image(t.Context(), "nginx", "amd64", "first"); err != nil {
		t.Fatal(err)
	}
	close(goOn)
	if err := <-answered; err != nil {
		t.Errorf("who looked too early is told %v", err)
	}
	if n := w.count(nginx); n != 1 {
		t.Errorf("it was converted %d times", n)
	}
}

func TestAClientThatLeavesStopsNothing(t *testing.T) {
	w := newFixture(t)
	w.gate = make(chan struct{})
	h, _ := w.hub(nil)
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() { _, err := h.Image(ctx, "nginx", "amd64", "c"); left <- err }()
	<-w.started
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("who left is told %v", err)
	}
	close(w.gate)
	soon(t, "converted", func() bool { all, _ := w.Versions(); return len(all) == 1 })
}

func TestWhatAnErrorMeans(t *testing.T) {
	tests := map[string]struct {
		name  string
		err   error
		kind  failure.Kind
		after time.Duration
		text  string
	}{
		"a name that is none":         {"Not A Name", nil, failure.NotFound, 0, "parsing reference"},
		"what nobody allowed":         {"ghcr.io/me/x", nil, failure.Denied, 0, "ghcr.io/me/x:latest is none of the images"},
		"a file of this machine":      {"docker-archive:/etc/passwd", nil, failure.Denied, 0, "is none of the images"},
		"the registry has it not":     {"ngnix", failure.Errorf(failure.NotFound, "index.docker.io answers 404: manifest unknown"), failure.NotFound, 0, "manifest unknown"},
		"the registry is in trouble":  {"nginx", failure.Errorf(failure.Unavailable, "answers 502"), failure.Unavailable, 0, "answers 502"},
		"the registry wants us later": {"nginx", fmt.Errorf("x: %w", failure.After(failure.RateLimited, time.Minute, errors.New("answers 429"))), failure.RateLimited, time.Minute, "answers 429"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newFixture(t)
			w.err = test.err
			h, _ := w.hub(nil)
			for range 3 { // clients ask again, and show only the last answer
				_, err := h.Image(t.Context(), test.name, "amd64", "c")
				if err == nil || failure.KindOf(err) != test.kind || failure.RetryAfter(err) != test.after || !strings.Contains(err.Error(), test.text) {
					t.Errorf("it says %v, %v, %v", failure.KindOf(err), failure.RetryAfter(err), err)
				}
			}
			if n := len(w.started); n > 1 {
				t.Errorf("it was tried %d times", n)
			}
		})
	}
}

func TestAFailureIsForgotten(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		long time.Duration
	}{
		"a firm one":    {failure.Errorf(failure.NotFound, "no"), lastingTTL},
		"a passing one": {failure.Errorf(failure.Unavailable, "busy"), temporaryTTL},
		"a long one":    {failure.After(failure.RateLimited, time.Hour, errors.New("busy")), lastingTTL},
	} {
		t.Run(name, func(t *testing.T) {
			w := newFixture(t)
			now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
			w.now, w.err = func() time.Time { return now }, test.err
			h, end := w.hub(nil)
			ask := func() error { _, err := h.Image(t.Context(), "nginx", "amd64", "c"); return err }
			if ask() == nil {
				t.Fatal("it did not fail")
			}
			w.set(func() { w.err = nil })
			h.mu.Lock()
			now = now.Add(test.long - time.Second)
			h.mu.Unlock()
			if ask() == nil {
				t.Error("it is forgotten too early")
			}
			h.mu.Lock()
			now = now.Add(time.Second)
			h.mu.Unlock()
			if err := ask(); err != nil {
				t.Errorf("it is still believed: %v", err)
			}
			end()
		})
	}
}

func TestStrangersCannotFillTheMemoryWithFailures(t *testing.T) {
	f := recentFailures{}
	now := time.Now()
	for i := range 5 * maxFailures {
		f.note(reading(fmt.Sprint(i), "amd64"), errors.New("no"), now)
	}
	if len(f) != maxFailures {
		t.Errorf("%d failures are maxFailuresed", len(f))
	}
	f.note(reading("later", ""), errors.New("no"), now.Add(lastingTTL))
	if len(f) != 1 {
		t.Errorf("of old ones, %d are maxFailuresed", len(f))
	}
}

func TestTheEnd(t *testing.T) {
	w := newFixture(t)
	w.gate = make(chan struct{})
	h, end := w.hub(nil)
	got := make(chan error)
	go func() { _, err := h.Image(t.Context(), "nginx", "amd64", "c"); got <- err }()
	<-w.started
	end()
	if err := <-got; !is(err, failure.Unavailable) {
		t.Errorf("who waits is told %v", err)
	}
	if _, err := h.Image(t.Context(), "nginx", "amd64", "c"); !is(err, failure.Unavailable) {
		t.Errorf("who comes later is told %v", err)
	}
	t.Run("and what it broke off is taken up again", func(t *testing.T) {
		close(w.gate)
		w.hub(nil)
		soon(t, "converted", func() bool { all, _ := w.Versions(); return len(all) == 1 })
	})
	t.Run("once", func(t *testing.T) {
		before := w.count(nginx)
		_, end := w.hub(nil)
		end()
		if after := w.count(nginx); after != before {
			t.Errorf("it was converted %d times more", after-before)
		}
	})
}

func TestTheJournal(t *testing.T) {
	t.Run("is on disk before the work begins", func(t *testing.T) {
		w := newFixture(t)
		w.gate = make(chan struct{})
		h, end := w.idle(nil) // one that runs makes one file of the two now and then
		defer func() { close(w.gate); end(); h.stop() }()
		go func() { _, _ = h.Image(t.Context(), "nginx", "amd64", "c") }()
		<-w.started
		if data, err := os.ReadFile(h.Journal + ".lines"); err != nil || !strings.Contains(string(data), nginx) {
			t.Errorf("it is %q (%v)", data, err)
		}
	})
	t.Run("forgets what failed", func(t *testing.T) {
		w := newFixture(t)
		w.err = errors.New("no")
		h, end := w.hub(nil)
		_, _ = h.Image(t.Context(), "nginx", "amd64", "c")
		end()
		w.hub(nil)
		if n := w.count(nginx); n != 1 {
			t.Errorf("it was tried %d times", n)
		}
	})
	t.Run("of a wider policy", func(t *testing.T) {
		w := newFixture(t)
		h, end := w.hub(nil)
		h.journal.note(reading("ghcr.io/me/x:latest", "amd64"), time.Now())
		h.journal.note(reading("no reference", "amd64"), time.Now())
		end()
		w.hub(nil)
		soon(t, "forgotten", func() bool {
			data, _ := os.ReadFile(h.Journal)
			return !strings.Contains(string(data), "ghcr")
		})
		if len(w.started) > 0 {
			t.Errorf("%s is converted", <-w.started)
		}
	})
	line := `{"ref":"` + nginx + `","architecture":"amd64","asked":"2026-11-23T10:00:00Z"}`
	for what, text := range map[string]struct{ list, lines string }{
		"with nothing added":              {list: "[" + line + "]"},
		"of added lines":                  {lines: line + "\n"},
		"whose last line a crash cut off": {lines: line + "\n" + `{"ref":"docker.io/libr`},
		"with half a line in the midst":   {lines: `{"ref":"docker.io/libr` + line + "\n" + line + "\n"},
		"whose lines a crash left":        {"[" + line + "]", strings.Replace(line, "2026", "2025", 1) + "\n"},
	} {
		t.Run(what, func(t *testing.T) {
			w := newFixture(t)
			h, end := w.hub(nil)
			end()
			err := errors.Join(os.MkdirAll(filepath.Dir(h.Journal), 0o755), os.WriteFile(h.Journal, []byte(text.list), 0o600),
				os.WriteFile(h.Journal+".lines", []byte(text.lines), 0o600))
			if err != nil {
				t.Fatal(err)
			}
			if j := readJournal(h.Journal, h.Log); j.asked[reading(nginx, "amd64")].Year() != 2026 {
				t.Errorf("read: %v", j.asked)
			}
			h, end = w.hub(nil)
			soon(t, "taken up", func() bool { return w.count(nginx) == 1 })
			if _, err := h.Image(t.Context(), "redis", "amd64", "c"); err != nil {
				t.Fatal(err)
			}
			if j := readJournal(h.Journal, h.Log); len(j.asked) != 2 {
				t.Errorf("with one more it is %v", j.asked)
			}
			end()
			var list []journalEntry // as older programs read it
			data, err := os.ReadFile(h.Journal)
			if err = errors.Join(err, json.Unmarshal(data, &list)); err != nil || len(list) != 2 {
				t.Errorf("at the end it is %s (%v)", data, err)
			}
		})
	}
}

func TestADamagedJournalStopsNothing(t *testing.T) {
	long := func(o *Options) { o.Freshness.Days = 30 * 24 * time.Hour }
	for what, write := range map[string]func(file string) error{
		"empty, as after a loss of power": func(file string) error { return os.WriteFile(file, nil, 0o600) },
		"zeros, as after a loss of power": func(file string) error { return os.WriteFile(file, make([]byte, 100), 0o600) },
		"cut off":                         func(file string) error { return os.WriteFile(file, []byte(`[{"ref":"docker.io/lib`), 0o600) },
		"something else":                  func(file string) error { return os.WriteFile(file, []byte(`{"a":1}`), 0o600) },
		"a folder":                        func(file string) error { return os.Mkdir(file, 0o700) },
		"not there":                       func(file string) error { return nil },
	} {
		t.Run(what, func(t *testing.T) {
			w := newFixture(t)
			w.old(nginx, 40*24*time.Hour)
			var log bytes.Buffer
			file := filepath.Join(w.dir, "cache", "asked.json")
			if err := errors.Join(os.Mkdir(filepath.Dir(file), 0o755), write(file), write(file+".lines")); err != nil {
				t.Fatal(err)
			}
			missing := what == "not there"
			h, end := w.hub(func(o *Options) { long(o); o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
			if v, err := h.Image(t.Context(), "nginx", "amd64", "c"); err != nil || v.Source != nginx {
				t.Errorf("clients get %v, %v", v, err)
			}
			h.round()
			end()
			if warned := strings.Contains(log.String(), "set aside"); warned == missing {
				t.Errorf("the log says %s", &log)
			}
			if _, err := os.Lstat(file + ".damaged"); (err != nil) != missing {
				t.Errorf("it is not set aside: %v", err)
			}
			w.hub(long)
			h.round()
			if all, _ := w.Versions(); len(all) != 1 || all[0].Retired != nil {
				t.Errorf("what nobody knows to be unused went: %v", all)
			}
			var list []journalEntry
			data, err := os.ReadFile(file)
			if err = errors.Join(err, json.Unmarshal(data, &list)); err != nil || len(list) != 1 {
				t.Errorf("the new one is %s (%v)", data, err)
			}
		})
	}
}

func TestManyConversionsAreTidiedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFixture(t)
		h, end := w.hub(nil)
		for i := range 20 {
			if _, err := h.Image(t.Context(), fmt.Sprint("image", i), "amd64", "c"); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(tidyAfter - time.Second)
		if n := w.tidyings(); n != 0 {
			t.Errorf("there was tidying after %d changes, %d times", 20, n)
		}
		time.Sleep(time.Hour)
		end()
		if n := w.tidyings(); n != 1 {
			t.Errorf("there was tidying %d times", n)
		}
	})
}

func TestWhatIsConvertedAtTheEndIsTidied(t *testing.T) {
	f := newFixture(t)
	h, end := f.hub(nil)
	if _, err := h.Image(t.Context(), "nginx", "amd64", "c"); err != nil {
		t.Fatal(err)
	}
	end()
	if f.tidyings() == 0 {
		t.Error("it was not")
	}
}
