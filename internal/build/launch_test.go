package build_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lxdocker/internal/build"
	"lxdocker/internal/image"
	"lxdocker/internal/spec"
)

func TestAnImageOfASpecThatIsLaunchedIsWhatItsTagMeansNow(t *testing.T) {
	var slow atomic.Bool
	ended := make(chan struct{})
	address, push := serveBy(t, func(registry http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			if slow.Load() && strings.Contains(q.URL.Path, "/manifests/") {
				select {
				case <-ended:
				case <-q.Context().Done():
				}
			}
			registry.ServeHTTP(w, q)
		})
	})
	defer close(ended)
	push("one")
	s := newSite(t, morning)
	specs := []spec.Spec{{Name: "app", Image: address + "/app"}}
	old := s.run(specs)[0].Version
	ctx, cancel := context.WithCancel(t.Context())
	var working sync.WaitGroup
	defer func() { cancel(); working.Wait() }()
	l := &build.Launches{
		Builder: s.builder(), Store: s.store, Host: "amd64", Context: ctx, Go: working.Go,
		Load: func() (spec.Set, error) { return spec.Set{Specs: specs}, nil },
	}
	if v := l.Fresh(t.Context(), old, true); v.Serial != old.Serial {
		t.Errorf("nothing is new, and it is %s", v.Serial)
	}
	push("two")
	if v := l.Fresh(t.Context(), old, true); v.Serial != old.Serial {
		t.Error("the second question of one launch got another answer")
	}
	s.now = s.now.Add(time.Minute)
	if v := l.Fresh(t.Context(), old, false); v.Serial != old.Serial {
		t.Error("nobody waits, and it is another")
	}
	fresh := l.Fresh(t.Context(), old, true)
	if fresh.Serial <= old.Serial || fresh.Fingerprint == old.Fingerprint {
		t.Errorf("it is %s", fresh.Serial)
	}
	if v := l.Fresh(t.Context(), fresh, true); v.Serial != fresh.Serial {
		t.Errorf("then it is %s", v.Serial)
	}
	push("three")
	s.now = s.now.Add(time.Minute)
	slow.Store(true)
	began := time.Now()
	if v := l.Fresh(t.Context(), fresh, true); v.Serial != fresh.Serial || time.Since(began) > 10*time.Second {
		t.Errorf("of a slow registry it is %s after %v", v.Serial, time.Since(began))
	}
	other := image.Version{Name: "other", Architecture: "amd64", Serial: "20260101_000000"}
	if v := l.Fresh(t.Context(), other, true); v.Serial != other.Serial {
		t.Errorf("without a spec it is %+v", v)
	}
}
