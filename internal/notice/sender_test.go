package notice

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestANoticeReachesBoth(t *testing.T) {
	heard := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		heard <- r.Method + " " + r.Header.Get("Content-Type") + " " + string(body)
	}))
	defer server.Close()
	folder := t.TempDir()
	command, file := filepath.Join(folder, "command"), filepath.Join(folder, "heard")
	if err := os.WriteFile(command, []byte("#!/bin/sh\ncat >"+file+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	s := New(server.URL, command, slog.New(slog.DiscardHandler))
	s.Send([]byte(`{"event":"updated"}`))
	s.Close(t.Context())
	if got := <-heard; got != `POST application/json {"event":"updated"}` {
		t.Errorf("the webhook got %s", got)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != `{"event":"updated"}` {
		t.Errorf("the command got %q, %v", got, err)
	}
	if s.Lost() != 0 {
		t.Errorf("%d were lost", s.Lost())
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(status int) *http.Response {
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Body: io.NopCloser(strings.NewReader(""))}
}

func TestAWebhookIsTriedAgainAndItsAddressIsNotLogged(t *testing.T) {
	for name, row := range map[string]struct {
		answers func(try int) (*http.Response, error)
		tries   int
		lost    int64
	}{
		"it answers at the second time": {func(try int) (*http.Response, error) {
			if try == 1 {
				return answer(http.StatusBadGateway), nil
			}
			return answer(http.StatusNoContent), nil
		}, 2, 0},
		"it is never there": {func(int) (*http.Response, error) { return nil, errors.New("no route") }, 3, 1},
		"it leads elsewhere": {func(int) (*http.Response, error) {
			r := answer(http.StatusFound)
			r.Header = http.Header{"Location": {"https://other.example.org"}}
			return r, nil
		}, 3, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				tries := 0
				s := New("https://hook.example.org/secret", "", slog.New(slog.NewTextHandler(&log, nil)))
				s.client.Transport = transport(func(*http.Request) (*http.Response, error) { tries++; return row.answers(tries) })
				s.Send([]byte("{}"))
				s.Close(t.Context())
				if tries != row.tries || s.Lost() != row.lost {
					t.Errorf("%d tries, %d lost", tries, s.Lost())
				}
				if strings.Contains(log.String(), "secret") || (row.lost > 0) != strings.Contains(log.String(), "a notice is lost") {
					t.Errorf("the log says\n%s", &log)
				}
			})
		})
	}
}

// Who sends never waits, and the end of the program waits only as long as it may.
func TestAWebhookThatHangsHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		s := New("https://hook.example.org", "", slog.New(slog.DiscardHandler))
		s.client.Transport = transport(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		for range waiting + 10 {
			s.Send([]byte("{}"))
		}
		if took := time.Since(began); took != 0 || s.Lost() < 9 {
			t.Errorf("sending took %v, and %d are lost", took, s.Lost())
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		s.Close(ctx)
		if took := time.Since(began); took != time.Second {
			t.Errorf("the end took %v", took)
		}
		<-s.done // the bubble has to end
	})
}
