package build_test

import (
	"maps"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"lxdocker/internal/build"
	"lxdocker/internal/progress"
	"lxdocker/internal/spec"
)

// meeting lets requests for some blobs wait until all of these were asked for.
type meeting struct {
	mu      sync.Mutex
	missing map[string]bool
	all     chan struct{}
	meet    func() // closes it
}

func (m *meeting) behind(registry http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method == http.MethodGet && m.comes(path.Base(q.URL.Path)) {
			select {
			case <-m.all:
			case <-time.After(10 * time.Second):
				http.Error(w, "the others never came", http.StatusNotFound)
				return
			}
		}
		registry.ServeHTTP(w, q)
	})
}

// comes says whether a blob is one of them.
func (m *meeting) comes(digest string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ours := m.missing[digest]; !ours {
		return false
	}
	m.missing[digest] = false
	if !slices.Contains(slices.Collect(maps.Values(m.missing)), true) {
		m.meet()
	}
	return true
}

func TestLayersAreFetchedBesideEachOther(t *testing.T) {
	m := &meeting{missing: map[string]bool{}, all: make(chan struct{})}
	m.meet = sync.OnceFunc(func() { close(m.all) })
	address, push := serveBy(t, m.behind)
	layers, err := push("one", "two").Layers()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range layers {
		digest, err := l.Digest()
		if err != nil {
			t.Fatal(err)
		}
		m.missing[digest.String()] = true
	}
	if r := newSite(t, morning).run([]spec.Spec{{Name: "app", Image: address + "/app"}})[0]; r.Outcome != progress.Built {
		t.Errorf("got %+v", r)
	}
}

// TestOneDemandOfTwoServersIsMadeOnce: they share the images, and not even a cache.
func TestOneDemandOfTwoServersIsMadeOnce(t *testing.T) {
	address, push := serve(t)
	push("one")
	s := newHubSite(t)
	other := &site{t: t, dir: t.TempDir(), now: s.now, store: s.store}
	if err := os.MkdirAll(other.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	builders := []*build.Builder{s.builder(), s.builder(), other.builder()}
	serials := make([]string, len(builders))
	var all sync.WaitGroup
	for i, b := range builders {
		all.Go(func() {
			v, err := b.Update(t.Context(), s.store, demand(t, address+"/app"), false)
			if err != nil {
				t.Error(err)
			}
			serials[i] = v.Serial
		})
	}
	all.Wait()
	if now := slices.Compact(serials); len(now) != 1 || now[0] == "" {
		t.Errorf("they got %v", serials)
	}
	if folders, err := filepath.Glob(filepath.Join(s.images(), "images/*/*/*")); err != nil || len(folders) != 1 {
		t.Errorf("published are %v (%v)", folders, err)
	}
}
