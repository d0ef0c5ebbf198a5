package monitor

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"strings"
	"sync"
	"time"
)

// Options are what there is to be watched. All but Doing must be set.
type Options struct {
	Metrics http.Handler
	Day     *Day
	// Ready says why the server cannot do its work, for the log; nil if it can.
	Ready func(context.Context) error
	// Ending is closed when the server is about to end.
	Ending <-chan struct{}
	Log    *slog.Logger
	// Doing writes what is being converted for whom, as text; not on a listener that any user
	// of the machine can reach. nil: nobody is told.
	Doing func(io.Writer)
	// Profiles are of the program itself, by net/http/pprof: for those who may also read its
	// memory.
	Profiles bool
}

// readyTime is how long looking may take: those who ask give up soon.
const readyTime = 5 * time.Second

// New returns the handler of all requests.
func New(o Options) http.Handler {
	r := &readiness{Options: o}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok") })
	mux.Handle("GET /readyz", r)
	mux.Handle("GET /metrics", o.Metrics)
	paths := "/healthz /readyz /metrics"
	if o.Doing != nil {
		paths += " /activity"
		mux.HandleFunc("GET /activity", func(w http.ResponseWriter, _ *http.Request) {
			var text strings.Builder
			o.Doing(&text)
			say(w, http.StatusOK, strings.TrimSuffix(text.String(), "\n"))
		})
	}
	if o.Profiles {
		paths += " /debug/pprof/"
		profiles(mux)
	}
	p := newPage(o.Day, o.Log)
	mux.HandleFunc("GET /assets/", p.asset)
	mux.HandleFunc("GET /favicon.ico", p.icon) // browsers ask for it beside every plain text
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Vary", "Accept")
		if strings.Contains(req.Header.Get("Accept"), "text/html") {
			p.ServeHTTP(w, req)
			return
		}
		say(w, http.StatusOK, paths)
	})
	return mux
}

// profiles serves what `go tool pprof` and `go tool trace` read.
func profiles(mux *http.ServeMux) {
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	for _, method := range []string{"GET", "POST"} {
		mux.HandleFunc(method+" /debug/pprof/symbol", pprof.Symbol)
	}
}

// readiness answers whether the server is ready.
type readiness struct {
	Options
	mu   sync.Mutex
	said string // what was logged last
}

func (r *readiness) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	select {
	case <-r.Ending:
		say(w, http.StatusServiceUnavailable, "the server is being stopped")
		return
	default:
	}
	ctx, cancel := context.WithTimeout(req.Context(), readyTime)
	defer cancel()
	err := r.Ready(ctx)
	if req.Context().Err() == nil {
		r.note(err)
	}
	if err != nil {
		say(w, http.StatusServiceUnavailable, "the images cannot be read now: the log says why")
		return
	}
	say(w, http.StatusOK, "ready")
}

// note logs what is new: somebody asks every few seconds.
func (r *readiness) note(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := ""
	if err != nil {
		text = err.Error()
	}
	switch {
	case text == r.said:
	case err != nil:
		r.Log.Error("not ready: cannot read the store", "error", err)
	default:
		r.Log.Info("ready again")
	}
	r.said = text
}

func say(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, fmt.Sprintln(text))
}
