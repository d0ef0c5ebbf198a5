package hub

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/image"
	"lxdocker/internal/oci"
	"lxdocker/internal/store"
)

// fixture is a store and a converter that a test can hold up and make fail. The
// real ones are used end to end; here it is about what they cannot do when told.
type fixture struct {
	t   *testing.T
	dir string
	now func() time.Time

	mu       sync.Mutex
	versions []image.Version
	began    map[string]int // conversions and looks, by reference
	moved    map[string]bool
	err      error
	limited  time.Time
	gate     chan struct{} // conversions wait until it is closed; nil: they do not
	started  chan string   // told of each conversion
	serial   int
	under    int // conversions at this time
	most     int
	tidied   int
	made     func(image.Version) (image.Version, error) // completes what is converted; nil: it is complete
	stuck    map[image.ID]bool                          // versions that cannot be removed
	looks    int                                        // that clients caused
	slow     chan struct{}                              // such looks wait until it is closed; nil: they do not
}

func newFixture(t *testing.T) *fixture {
	return &fixture{t: t, dir: t.TempDir(), now: time.Now, began: map[string]int{}, moved: map[string]bool{}, started: make(chan string, 1000)}
}

func (w *fixture) Convert(ctx context.Context, ref oci.Reference, arch string, background bool) (image.Version, error) {
	w.mu.Lock()
	gate := w.gate
	w.began[ref.String()]++
	w.under++
	w.most = max(w.most, w.under)
	w.mu.Unlock()
	w.started <- ref.String()
	defer func() { w.mu.Lock(); w.under--; w.mu.Unlock() }()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return image.Version{}, ctx.Err()
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return image.Version{}, w.err
	}
	for _, v := range w.versions {
		if v.Source == ref.String() && v.Architecture == arch && !w.moved[v.Source] {
			return v, nil
		}
	}
	delete(w.moved, ref.String())
	if w.made != nil {
		return w.complete(ref.String(), arch)
	}
	return w.publish(ref.String(), arch, w.now()), nil
}

// complete publishes what made makes of it, which looks at the store meanwhile. The caller
// has mu.
func (w *fixture) complete(ref, arch string) (image.Version, error) {
	at := w.now()
	w.mu.Unlock()
	v, err := w.made(image.Version{Name: image.OnDemand(ref, arch).Name, Architecture: arch, Source: ref, Hub: true})
	w.mu.Lock()
	if err != nil {
		return image.Version{}, err
	}
	published := w.publish(ref, arch, at)
	v.Serial = published.Serial
	w.versions[len(w.versions)-1] = v
	return v, nil
}

func (w *fixture) Moved(ctx context.Context, ref oci.Reference, _ string) (bool, error) {
	w.mu.Lock()
	slow := w.slow
	w.looks++
	w.mu.Unlock()
	if slow != nil {
		select {
		case <-slow:
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.moved[ref.String()], w.err
}

func (w *fixture) publish(ref, arch string, at time.Time) image.Version {
	w.serial++
	v := image.Version{
		Name: image.OnDemand(ref, arch).Name, Architecture: arch, Source: ref, Hub: true,
		Serial: at.UTC().Add(time.Duration(w.serial) * time.Second).Format("20060102_150405"),
	}
	w.versions = append(w.versions, v)
	return v
}

func (w *fixture) Drop(_ context.Context, v image.Version) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := w.now()
	for i := range w.versions {
		if w.versions[i].Source == v.Source {
			w.versions[i].Retired = &at
		}
	}
	return nil
}

func (w *fixture) Remove(_ context.Context, id image.ID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stuck[id] {
		return errors.New("it cannot be removed")
	}
	w.versions = slices.DeleteFunc(w.versions, func(v image.Version) bool { return v.ID() == id })
	return nil
}

func (w *fixture) Tidy() error {
	w.set(func() { w.tidied++ })
	return nil
}

func (w *fixture) tidyings() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tidied
}

func (w *fixture) RateLimited(oci.Reference) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.limited
}

func (w *fixture) Versions() ([]image.Version, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]image.Version{}, w.versions...), nil
}

func (w *fixture) snapshot(context.Context) (*store.Snapshot, error) {
	all, err := w.Versions()
	return store.NewSnapshot(all, nil), err
}

func (w *fixture) set(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

func (w *fixture) count(ref string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.began[ref]
}

// hub starts a hub; end ends it as the program's end would.
func (w *fixture) hub(change func(*Options)) (h *Hub, end func()) {
	w.t.Helper()
	h, cancel := w.idle(change)
	done := make(chan struct{})
	go func() { h.Run(); close(done) }()
	end = sync.OnceFunc(func() { cancel(); <-done })
	w.t.Cleanup(end)
	return h, end
}

// idle makes a hub that does nothing but what it is asked for: it does not run.
func (w *fixture) idle(change func(*Options)) (h *Hub, cancel func()) {
	w.t.Helper()
	policy, err := NewPolicy([]string{"library/*"}, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	o := Options{
		Rules: Rules{Policy: policy}, Converter: w, Snapshot: w.snapshot, Journal: filepath.Join(w.dir, "cache", "asked.json"),
		Log: slog.New(slog.DiscardHandler), Now: w.now,
	}
	if change != nil {
		change(&o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	return New(ctx, o), cancel
}

// is says whether an error is of a kind.
func is(err error, k failure.Kind) bool { return err != nil && failure.KindOf(err) == k }

const nginx = "docker.io/library/nginx:latest"

func soon(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still not: %s", what)
		}
	}
}
