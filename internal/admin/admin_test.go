package admin_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/admin"
	"lxdocker/internal/failure"
	"lxdocker/internal/image"
	"lxdocker/internal/store"
	"lxdocker/internal/store/dir"
	"lxdocker/internal/store/storetest"
)

// fixture is a store with four versions of nginx, the oldest first, one of them
// retired, an image for two architectures and one that was made on demand.
type fixture struct {
	t      *testing.T
	folder string
	store  store.Store
	clock  *storetest.Clock
	nginx  []image.Version
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, folder: t.TempDir(), clock: storetest.NewClock()}
	var err error
	if f.store, err = dir.Open(f.folder, dir.WithClock(f.clock.Time)); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"k0", "k1", "k2", "k3"} {
		f.nginx = append(f.nginx, f.publish(image.Version{Name: "nginx", Architecture: "amd64", Key: key}, key))
	}
	if err := f.store.Retire(t.Context(), f.clock.Now, f.nginx[0]); err != nil {
		t.Fatal(err)
	}
	for _, arch := range []string{"amd64", "arm64"} {
		f.publish(image.Version{Name: "db", Architecture: arch}, arch)
	}
	f.publish(image.Version{
		Name: "docker.io_library_redis_7", Architecture: "amd64", Hub: true, Source: "docker.io/library/redis:7", Aliases: []string{"redis:7", "nginx"},
	}, "redis")
	return f
}

func (f *fixture) publish(v image.Version, squashfs string) image.Version {
	f.t.Helper()
	return storetest.Split(f.t, f.store, v, []byte("metadata"), []byte(squashfs))
}

func (f *fixture) now() *store.Snapshot {
	f.t.Helper()
	now, err := f.store.Versions(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	return now
}

func TestFind(t *testing.T) {
	f := newFixture(t)
	for what, test := range map[string]struct{ name, arch, want string }{
		"all versions of a spec's image, retired ones too": {"nginx", "", "nginx/amd64 4"},
		"every architecture":                             {"db", "", "db/amd64 1, db/arm64 1"},
		"one architecture":                               {"db", "arm64", "db/arm64 1"},
		"an image made on demand, by its reference":      {"redis:7", "", "docker.io/library/redis:7/amd64 1"},
		"an image made on demand, by its product's name": {"docker.io_library_redis_7", "", "docker.io/library/redis:7/amd64 1"},
		"another architecture than there is":             {"nginx", "riscv64", "there is no image nginx for riscv64"},
		"an image that nobody has":                       {"ngnix", "", "there is no image ngnix"},
	} {
		t.Run(what, func(t *testing.T) {
			var got []string
			found, err := admin.Find(f.now(), test.name, test.arch)
			for _, h := range found {
				got = append(got, fmt.Sprintf("%s %d", h.Title(), len(h)))
			}
			if err != nil {
				got = append(got, err.Error())
			}
			if s := strings.Join(got, ", "); s != test.want && (err == nil || !strings.HasPrefix(s, test.want)) {
				t.Errorf("found %s", s)
			}
			if (err == nil) == (len(found) == 0) || err != nil && failure.KindOf(err) != failure.NotFound {
				t.Errorf("found %d, and the error is %v", len(found), err)
			}
		})
	}
	var ambiguous *admin.AmbiguousError
	if _, err := admin.FindOne(f.now(), "db", ""); !errors.As(err, &ambiguous) || !strings.Contains(err.Error(), "amd64 and arm64") {
		t.Errorf("of two architectures the error is %v", err)
	}
}

func TestChoose(t *testing.T) {
	f := newFixture(t)
	for what, test := range map[string]struct{ word, want string }{
		"the previous one":                       {admin.Previous, "k2"},
		"by its serial":                          {f.nginx[1].Serial, "k1"},
		"by the beginning of its fingerprint":    {f.nginx[3].Fingerprint[:8], "k3"},
		"one that is about to leave":             {f.nginx[0].Serial, "k0"},
		"several that begin alike":               {"2026", "2026 could be " + f.nginx[3].Serial + " or "},
		"nothing that begins so":                 {"1999", "nginx/amd64 has no version 1999"},
		"an empty word, with which all of begin": {"", "nginx/amd64 has no version"},
	} {
		t.Run(what, func(t *testing.T) {
			h, err := admin.FindOne(f.now(), "nginx", "")
			if err != nil {
				t.Fatal(err)
			}
			v, err := h.Choose(test.word)
			if err != nil && !strings.HasPrefix(err.Error(), test.want) || err == nil && v.Key != test.want {
				t.Errorf("it is %s, %v", v.Key, err)
			}
		})
	}
}

func TestPreviousIsNeverWhatWasTakenBack(t *testing.T) {
	f := newFixture(t)
	for _, want := range []string{"k2", "k1", "k0", ""} {
		h, err := admin.FindOne(f.now(), "nginx", "")
		if err != nil {
			t.Fatal(err)
		}
		v, err := h.Choose(admin.Previous)
		if v.Key != want || (err == nil) != (want != "") {
			t.Fatalf("it is %q, %v, not %q", v.Key, err, want)
		}
		if err != nil {
			continue
		}
		again, err := admin.Rollback(t.Context(), f.store, v)
		if err != nil || again.Fingerprint != v.Fingerprint {
			t.Fatal(again, err)
		}
		index, err := os.ReadFile(filepath.Join(f.folder, "streams/v1/images.json"))
		if err != nil || !strings.Contains(string(index), again.Serial) {
			t.Fatalf("the static index does not have %s: %v", again.Serial, err)
		}
	}
}

func TestPruneDoesWhatItPlanned(t *testing.T) {
	f := newFixture(t)
	serials := func(all []image.Version) (s []string) {
		for _, v := range all {
			s = append(s, v.Key)
		}
		return s
	}
	keep := image.Retention{Keep: 2}
	later := f.clock.Now.Add(image.Grace)
	plan := admin.PlanPrune(f.now(), keep, later)
	done, err := admin.Prune(t.Context(), f.store, keep, later)
	if err != nil {
		t.Fatal(err)
	}
	for what, p := range map[string]admin.Pruned{"planned": plan, "done": done} {
		if !slices.Equal(serials(p.Superseded), []string{"k1"}) || !slices.Equal(serials(p.Removed), []string{"k0"}) || len(p.Waiting) > 0 {
			t.Errorf("%s: %q leave, %q go, %q wait", what, serials(p.Superseded), serials(p.Removed), serials(p.Waiting))
		}
	}
	if p := admin.PlanPrune(f.now(), keep, later); len(p.Superseded) > 0 || len(p.Removed) > 0 || !slices.Equal(serials(p.Waiting), []string{"k1"}) {
		t.Errorf("after that: %q leave, %q go, %q wait", serials(p.Superseded), serials(p.Removed), serials(p.Waiting))
	}
}

func TestVerify(t *testing.T) {
	f := newFixture(t)
	versions, faults, err := admin.Select(f.now())
	if err != nil || len(versions) != 7 || len(faults) != 0 || versions[len(versions)-1].Key != "k0" {
		t.Fatalf("selected %d versions and %d faults, %v", len(versions), len(faults), err)
	}
	damaged := f.nginx[1]
	if err := os.WriteFile(filepath.Join(f.folder, damaged.Path(damaged.Files[1])), []byte("XX"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := f.store.Prune(t.Context(), f.clock.Now.Add(time.Hour), 0); err != nil { // k0 goes meanwhile
		t.Fatal(err)
	}
	var begun, read, wrong int64
	for v, err := range admin.Verify(t.Context(), f.store, versions, func(v image.Version) { begun += v.Size() }, func(n int64) { read += n }) {
		if err != nil {
			wrong++
			if v.Key != damaged.Key || !strings.Contains(err.Error(), "rootfs.squashfs has 2 bytes") {
				t.Errorf("%s %s: %v", v.Title(), v.Serial, err)
			}
		}
	}
	if wrong != 1 || begun-read != f.nginx[0].Size() {
		t.Errorf("%d are wrong; of %d bytes %d were read", wrong, begun, read)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for v := range admin.Verify(ctx, f.store, versions, func(image.Version) {}, func(int64) {}) {
		t.Fatalf("%s was verified after the end", v.Title())
	}
}

// checked is a store that notes what it was asked to compare with its folders.
type checked struct {
	store.Store
	of []image.Product
}

func (c *checked) Check(ctx context.Context, of ...image.Product) error {
	c.of = of
	return c.Store.Check(ctx, of...)
}

func TestOnlyWhatIsNamedIsComparedWithItsFolders(t *testing.T) {
	f := newFixture(t)
	for what, test := range map[string]struct {
		names []string
		want  int
	}{
		"without a name, everything":           {nil, 0},
		"an image for two architectures":       {[]string{"db"}, 2},
		"two images":                           {[]string{"nginx", "redis:7"}, 2},
		"with an unknown name, everything":     {[]string{"nginx", "none"}, 0},
		"with a name twice, no more than once": {[]string{"nginx", "nginx"}, 1},
	} {
		s := &checked{Store: f.store}
		if err := admin.Check(t.Context(), s, test.names...); err != nil || len(s.of) != test.want {
			t.Errorf("%s: %v, %v", what, s.of, err)
		}
	}
	// What somebody has damaged or put there is noticed, whichever it is.
	for n, damaged := range []image.Version{f.nginx[2], f.nginx[1]} {
		if err := os.WriteFile(filepath.Join(f.folder, damaged.Dir(), "version.json"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := admin.Check(t.Context(), f.store, []string{"nginx", "none"}[n]); err != nil {
			t.Fatal(err)
		}
		if _, there := f.now().Version(damaged.ID()); there || len(f.now().Faults()) != n+1 {
			t.Errorf("%s is there, or not at fault: %v", damaged.Serial, f.now().Faults())
		}
	}
}

func TestWhatIsVerifiedCanBeNamed(t *testing.T) {
	f := newFixture(t)
	if err := os.WriteFile(filepath.Join(f.folder, f.nginx[2].Dir(), "version.json"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := dir.Open(f.folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	now, err := s.Versions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	versions, faults, err := admin.Select(now, "db", "nginx")
	if err != nil || len(versions) != 5 || len(faults) != 1 || faults[0].Folder != f.nginx[2].Dir() {
		t.Errorf("%d versions, faults %v, %v", len(versions), faults, err)
	}
	if _, _, err := admin.Select(now, "db", "none"); failure.KindOf(err) != failure.NotFound {
		t.Errorf("of an unknown name the error is %v", err)
	}
}

func TestWhatPruningFreesIsNotShared(t *testing.T) {
	version := func(name string, sums ...string) (v image.Version) {
		v = image.Version{Name: name, Architecture: "amd64", Serial: "20260101_000000"}
		for _, s := range sums {
			v.Files = append(v.Files, image.File{SHA256: s, Size: 10})
		}
		return v
	}
	p := admin.Pruned{Removed: []image.Version{version("a", "m1", "x"), version("b", "m2", "y"), version("c", "m3", "y")}}
	if got := p.Freed(store.NewSnapshot([]image.Version{version("d", "m4", "x")}, nil)); got != 40 {
		t.Errorf("it is %d", got)
	}
}
