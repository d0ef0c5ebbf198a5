package build_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"lxdocker/internal/progress"
	"lxdocker/internal/spec"
)

// flips is a registry on the way from which a bit of every blob is turned over, some
// times.
type flips struct {
	mu    sync.Mutex
	times int            // for each blob
	seen  map[string]int // requests, by path
}

func (f *flips) behind(registry http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		f.mu.Lock()
		blob := q.Method == http.MethodGet && strings.Contains(q.URL.Path, "/blobs/")
		if blob {
			f.seen[q.URL.Path]++
		}
		wrong := blob && f.seen[q.URL.Path] <= f.times
		f.mu.Unlock()
		if !wrong {
			registry.ServeHTTP(w, q)
			return
		}
		whole := httptest.NewRecorder()
		registry.ServeHTTP(whole, q)
		body := whole.Body.Bytes()
		body[len(body)/2] ^= 1
		w.WriteHeader(whole.Code)
		_, _ = w.Write(body)
	})
}

func TestAWrongByteIsAskedForAgain(t *testing.T) {
	for name, test := range map[string]struct {
		times   int
		outcome progress.Outcome
	}{
		"once":     {1, progress.Built},
		"twice":    {2, progress.Built},
		"for ever": {1000, progress.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			f := &flips{seen: map[string]int{}}
			address, push := serveBy(t, f.behind)
			push("one", "two")
			f.mu.Lock()
			f.times = test.times
			f.mu.Unlock()
			r := newSite(t, morning).run([]spec.Spec{{Name: "app", Image: address + "/app"}})[0]
			if r.Outcome != test.outcome {
				t.Errorf("it is %s: %v", r.Outcome, r.Err)
			}
			for path, n := range f.seen {
				if n > 3 {
					t.Errorf("%s was asked for %d times", path, n)
				}
			}
		})
	}
}
