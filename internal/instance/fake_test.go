package instance_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	"lxdocker/internal/daemon"
	"lxdocker/internal/instance"
)

// fake is a daemon that answers requests, by method and path, and notes those that change
// something.
type fake struct {
	mu      sync.Mutex
	answers map[string]http.HandlerFunc
	changes []string
}

func text(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) }
}

func breaks(w http.ResponseWriter, _ *http.Request) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		conn.Close()
	}
}

func (f *fake) connect(t *testing.T) *daemon.Client {
	t.Helper()
	usual := map[string]http.HandlerFunc{
		"GET /1.0":                  text(`{"type":"sync","metadata":{"auth":"trusted","environment":{"server":"lxd","server_version":"5.0.2"}}}`),
		"GET /1.0/projects/default": text(`{"type":"sync","metadata":{"name":"default"}}`),
		"GET /1.0/instances":        text(`{"type":"sync","metadata":[]}`),
		"GET /1.0/operations":       text(`{"type":"sync","metadata":{}}`),
		"GET /1.0/profiles/default": text(`{"type":"sync","metadata":{"devices":{"root":{"type":"disk","path":"/","pool":"default"}}}}`),
	}
	maps.Copy(usual, f.answers)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request := r.Method + " " + r.URL.Path
		if r.Method != http.MethodGet {
			f.mu.Lock()
			f.changes = append(f.changes, request)
			f.mu.Unlock()
		}
		if answer := usual[request]; answer != nil {
			answer(w, r)
			return
		}
		http.Error(w, `{"type":"error","error_code":404,"error":"not found"}`, http.StatusNotFound)
	}))
	t.Cleanup(server.Close)
	c, err := daemon.Connect(t.Context(), daemon.Address{Name: "far", URL: server.URL, Pinned: server.Certificate()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

type brought struct{}

func (brought) Bring(context.Context, *daemon.Client, string) (string, error) { return "f1", nil }

// A daemon that is gone half-way may have made what was asked for, or not; meanwhile another
// may have made something of that name.
func TestOnlyWhatWasMadeIsRemovedAgain(t *testing.T) {
	for name, row := range map[string]struct {
		mine bool
		want string
	}{
		"it was made":              {true, "POST /1.0/instances DELETE /1.0/instances/web"},
		"it is of somebody else's": {false, "POST /1.0/instances"},
	} {
		var asked struct {
			Config map[string]string `json:"config"`
		}
		f := &fake{answers: map[string]http.HandlerFunc{
			"POST /1.0/instances": func(w http.ResponseWriter, r *http.Request) {
				if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
					t.Error(err)
				}
				if !row.mine {
					asked.Config["user.lxdocker.run"] = "another"
				}
				breaks(w, r)
			},
			"GET /1.0/instances/web": func(w http.ResponseWriter, _ *http.Request) {
				config, _ := json.Marshal(asked.Config)
				fmt.Fprintf(w, `{"type":"sync","metadata":{"name":"web","type":"container","status":"Stopped","config":%s}}`, config)
			},
			"DELETE /1.0/instances/web": text(`{"type":"sync","metadata":null}`),
		}}
		_, err := instance.Create(t.Context(), f.connect(t), brought{}, instance.Options{Name: "web", Reference: "nginx"}, "nginx")
		if err == nil || !strings.Contains(err.Error(), "making the instance web") || asked.Config["user.lxdocker.run"] == "" {
			t.Errorf("%s: %v, %q", name, err, asked.Config)
		}
		if got := strings.Join(f.changes, " "); got != row.want {
			t.Errorf("%s: %s, not %s", name, got, row.want)
		}
	}
}

// logging is a daemon whose stopped instance has these log files.
func logging(t *testing.T, files map[string]func(io.Writer)) *daemon.Client {
	f := &fake{answers: map[string]http.HandlerFunc{
		"GET /1.0/instances/web": text(`{"type":"sync","metadata":{"name":"web","type":"container","status":"Stopped"}}`),
		"GET /1.0/instances/web/files": func(w http.ResponseWriter, r *http.Request) {
			write := files[strings.TrimPrefix(r.URL.Query().Get("path"), "/.lxdocker/log/")]
			if write == nil {
				http.Error(w, `{"type":"error","error_code":404,"error":"not found"}`, http.StatusNotFound)
				return
			}
			write(w)
		},
	}}
	return f.connect(t)
}

func TestTheOlderFileOfALogComesFirst(t *testing.T) {
	file := func(text string) func(io.Writer) {
		return func(w io.Writer) { _, _ = io.WriteString(w, text) }
	}
	one, two := "2026-11-30T10:00:00Z stdout F one\n", "2026-11-30T10:00:01Z stderr F two\n2026-11-30T10:00:02Z stdout F three\n"
	for name, files := range map[string]map[string]func(io.Writer){
		"in order":      {"0": file("# 8\n" + one), "1": file("# 9\n" + two)},
		"turned":        {"1": file("# 8\n" + one), "0": file("# 9\n" + two)},
		"only one":      {"0": file("# 1\n" + one + two)},
		"without heads": {"0": file(one), "1": file(two)},
	} {
		d := logging(t, files)
		for tail, want := range map[string]string{"": "one\ntwo\nthree\n", "all": "one\ntwo\nthree\n", "2": "two\nthree\n", "0": "", "9": "one\ntwo\nthree\n"} {
			var both strings.Builder
			if err := instance.Logs(t.Context(), d, "web", instance.LogOptions{Tail: tail}, &both, &both); err != nil || both.String() != want {
				t.Errorf("%s, the last %q lines: %q, %v", name, tail, both.String(), err)
			}
		}
	}
	if err := instance.Logs(t.Context(), logging(t, nil), "web", instance.LogOptions{Tail: "x"}, io.Discard, io.Discard); err == nil {
		t.Error("x is a number of lines")
	}
}

func TestALargeLogTakesNoMemory(t *testing.T) {
	const lines = 300_000
	d := logging(t, map[string]func(io.Writer){"0": func(w io.Writer) {
		record := []byte("2026-11-30T10:00:00Z stdout F " + strings.Repeat("x", 300) + "\n")
		for range lines {
			if _, err := w.Write(record); err != nil {
				return // only the beginning is wanted
			}
		}
	}})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for _, tail := range []string{"", "150000"} {
		if err := instance.Logs(t.Context(), d, "web", instance.LogOptions{Tail: tail}, io.Discard, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 32<<20 {
		t.Errorf("%d bytes of memory for a log of %d lines", grown, lines)
	}
}
