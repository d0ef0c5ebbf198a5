package monitor_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/server/monitor"
)

type fixture struct {
	handler http.Handler
	ending  chan struct{}
	unready error
	log     bytes.Buffer
}

func newFixture(day ...*monitor.Day) *fixture {
	f := &fixture{ending: make(chan struct{})}
	f.handler = monitor.New(monitor.Options{
		Day:     append(day, monitor.NewDay(time.Now))[0],
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "figures") }),
		Ready:   func(context.Context) error { return f.unready },
		Ending:  f.ending, Log: slog.New(slog.NewTextHandler(&f.log, nil)),
	})
	return f
}

func (f *fixture) get(t *testing.T, path string, status int, body string) {
	t.Helper()
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if w.Code != status || strings.TrimSpace(w.Body.String()) != body {
		t.Errorf("%s: %d %q, not %d %q", path, w.Code, w.Body, status, body)
	}
}

func TestAProcessThatAnswersLives(t *testing.T) {
	f := newFixture()
	f.unready = errors.New("reading /srv/lxdimages: gone")
	close(f.ending)
	f.get(t, "/healthz", 200, "ok")
	f.get(t, "/metrics", 200, "figures")
}

func TestAServerIsReadyWhileItCanReadItsStore(t *testing.T) {
	f := newFixture()
	f.get(t, "/readyz", 200, "ready")
	f.unready = errors.New("reading /srv/lxdimages: gone")
	for range 3 {
		f.get(t, "/readyz", 503, "the images cannot be read now: the log says why")
	}
	f.unready = nil
	f.get(t, "/readyz", 200, "ready")
	if got := f.log.String(); strings.Count(got, "/srv/lxdimages") != 1 || strings.Count(got, "ready again") != 1 {
		t.Errorf("each change is logged once:\n%s", got)
	}
	close(f.ending)
	f.get(t, "/readyz", 503, "the server is being stopped")
}

func TestNothingElseIsThere(t *testing.T) {
	f := newFixture()
	f.get(t, "/debug/pprof/", 404, "404 page not found")
	f.get(t, "/1.0", 404, "404 page not found")
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/metrics", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

func TestProfilesAreThereForThoseWhoMayHaveThem(t *testing.T) {
	handler := monitor.New(monitor.Options{Day: monitor.NewDay(time.Now), Metrics: http.NotFoundHandler(), Log: slog.New(slog.DiscardHandler), Profiles: true})
	for path, want := range map[string]string{
		"/":                              "/healthz /readyz /metrics /debug/pprof/",
		"/debug/pprof/":                  "goroutine",
		"/debug/pprof/goroutine?debug=1": "TestProfilesAreThereForThoseWhoMayHaveThem",
		"/debug/pprof/heap?debug=1":      "heap profile:",
		"/debug/pprof/trace?seconds=0":   "go 1.",
	} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %.300q has no %q", path, w.Code, w.Body, want)
		}
	}
}
