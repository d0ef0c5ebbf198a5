package server_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"lxdocker/internal/server"
	"lxdocker/internal/server/web"
)

// nextEvent reads an event of a stream.
func nextEvent(t *testing.T, lines *bufio.Scanner) string {
	t.Helper()
	var all []string
	for lines.Scan() {
		if lines.Text() == "" {
			return strings.Join(all, "\n")
		}
		line, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok && lines.Text() != "data:" {
			t.Fatalf("the stream has a line %q", lines.Text())
		}
		all = append(all, line)
	}
	t.Fatalf("the stream ends after %q: %v", all, lines.Err())
	return ""
}

func TestWhoWatchesIsToldWhatHasChanged(t *testing.T) {
	var doing atomic.Pointer[web.Activity]
	doing.Store(&web.Activity{})
	ending := make(chan struct{})
	h := server.New(server.Options{Store: newFixture(t).store, Activity: func(string) web.Activity { return *doing.Load() }, Ending: ending})
	s := httptest.NewServer(h)
	defer s.Close()
	answer, err := http.Get(s.URL + "/activity/events")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got := answer.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("it is %s", got)
	}
	lines := bufio.NewScanner(answer.Body)
	if got := nextEvent(t, lines); !strings.Contains(got, "Nothing is being converted.") {
		t.Errorf("at first it says\n%s", got)
	}
	doing.Store(&web.Activity{Running: []web.Running{{Name: "nginx/amd64", Step: "fetching", Done: 1, Total: 4}}})
	if got := nextEvent(t, lines); !strings.Contains(got, `value="25"`) {
		t.Errorf("then it says\n%s", got)
	}
	close(ending)
	for lines.Scan() {
		if lines.Text() != "" && !strings.HasPrefix(lines.Text(), "data:") {
			t.Errorf("at the end it says %s", lines.Text())
		}
	}
	if lines.Err() != nil {
		t.Error(lines.Err())
	}
}

func TestOnlySomeWatchAtOnce(t *testing.T) {
	h := server.New(server.Options{Store: newFixture(t).store, Activity: func(string) web.Activity { return web.Activity{} }})
	s := httptest.NewServer(h)
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	watch := func() *http.Response {
		r, err := http.NewRequestWithContext(ctx, "GET", s.URL+"/activity/events", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	for range server.MaxStreams {
		answer := watch()
		defer answer.Body.Close()
		if answer.StatusCode != 200 {
			t.Fatalf("it says %s", answer.Status)
		}
	}
	if answer := watch(); answer.StatusCode != 503 || answer.Header.Get("Retry-After") == "" {
		t.Errorf("one more is told %s", answer.Status)
	}
}

func TestAServerThatNeverConvertsHasNoActivity(t *testing.T) {
	f := newFixture(t)
	f.ask("GET", "/activity").expect(t, 404)
	f.ask("GET", "/activity/events").expect(t, 404)
	if got := f.ask("GET", "/"); strings.Contains(got.body, "/activity") {
		t.Errorf("the page names it:\n%s", got.body)
	}
}
