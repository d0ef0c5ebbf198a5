package build_test

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"lxdocker/internal/block"
	"lxdocker/internal/build"
	"lxdocker/internal/convert"
	"lxdocker/internal/image"
	"lxdocker/internal/layer"
	"lxdocker/internal/lxdimage"
	ociregistry "lxdocker/internal/oci/registry"
	"lxdocker/internal/oci/source"
	"lxdocker/internal/progress"
	"lxdocker/internal/spec"
	"lxdocker/internal/store"
	"lxdocker/internal/store/dir"
)

// site is one machine: folders and a clock of its own.
type site struct {
	t         *testing.T
	dir       string
	store     store.Store
	now       time.Time
	retention layer.Retention
	keep      image.Retention
}

func newSite(t *testing.T, now time.Time) *site {
	s := &site{t: t, dir: t.TempDir(), now: now}
	var err error
	s.store, err = dir.Open(s.images(), dir.WithClock(s.clock))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// images is the folder of the store.
func (s *site) images() string { return filepath.Join(s.dir, "images") }

func (s *site) clock() time.Time { return s.now }

// builder is what a program that starts on the machine works with.
func (s *site) builder() *build.Builder {
	s.t.Helper()
	layers, err := layer.Open(filepath.Join(s.dir, "layers"), 0, block.NewCodec(block.Fast))
	if err != nil {
		s.t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	sources, err := source.NewClient(ociregistry.Options{CacheDir: filepath.Join(s.dir, "manifests"), StrangersHosts: []string{"127.0.0.1"}, Log: log})
	if err != nil {
		s.t.Fatal(err)
	}
	converter := convert.New(convert.Converter{
		Sources: sources, Layers: layers, Busybox: convert.NewBusybox(map[string]string{"": "/bin/busybox"}), Format: lxdimage.Squashfs, Log: log,
	}, 2)
	return &build.Builder{Converter: converter, Retention: s.retention, Keep: s.keep, Display: progress.NewLines(io.Discard), Log: log, Now: s.clock}
}

func (s *site) jobs(specs []spec.Spec) []convert.Job {
	s.t.Helper()
	plan := build.NewPlan(spec.Set{Specs: specs}, "amd64")
	if err := plan.Wrong.Err(); err != nil {
		s.t.Fatal(err)
	}
	return plan.Jobs
}

// run is one run of lxdocker over the specs.
func (s *site) run(specs []spec.Spec) []build.Result {
	s.t.Helper()
	unlock, err := s.store.TryLock(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	defer unlock()
	results, err := s.builder().Run(context.Background(), s.store, build.Request{Jobs: s.jobs(specs), Whole: true})
	if err != nil {
		s.t.Fatal(err)
	}
	return results
}

func (s *site) cachedLayers() int {
	s.t.Helper()
	packs, err := filepath.Glob(filepath.Join(s.dir, "layers", "*", "blocks"))
	if err != nil {
		s.t.Fatal(err)
	}
	return len(packs)
}

func (s *site) fetchable(v image.Version) bool {
	_, err := os.Stat(filepath.Join(s.dir, "images", v.Path(v.Files[0])))
	return err == nil
}

// serve starts a registry and gives a function that pushes an image with a layer
// for each content, which is that of its one file.
func serve(t *testing.T) (address string, push func(contents ...string) v1.Image) {
	t.Helper()
	return serveBy(t, func(registry http.Handler) http.Handler { return registry })
}

// serveCounted starts a registry, and counts the blobs that are fetched from it.
func serveCounted(t *testing.T) (address string, push func(contents ...string) v1.Image, blobs *atomic.Int64) {
	t.Helper()
	blobs = new(atomic.Int64)
	address, push = serveBy(t, func(registry http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/") {
				blobs.Add(1)
			}
			registry.ServeHTTP(w, r)
		})
	})
	return address, push, blobs
}

// serveBy starts a registry behind something.
func serveBy(t *testing.T, behind func(registry http.Handler) http.Handler) (address string, push func(contents ...string) v1.Image) {
	t.Helper()
	server := httptest.NewServer(behind(registry.New(registry.Logger(log.New(io.Discard, "", 0)))))
	t.Cleanup(server.Close)
	address = strings.TrimPrefix(server.URL, "http://")
	return address, func(contents ...string) v1.Image {
		t.Helper()
		image := empty.Image
		var err error
		for _, content := range contents {
			if image, err = mutate.AppendLayers(image, layerOf(t, content)); err != nil {
				t.Fatal(err)
			}
		}
		config, _ := image.ConfigFile()
		config = config.DeepCopy()
		config.OS, config.Architecture, config.Config = "linux", "amd64", v1.Config{Cmd: []string{"/bin/app"}}
		if image, err = mutate.ConfigFile(image, config); err != nil {
			t.Fatal(err)
		}
		tag, err := name.NewTag(address + "/app:latest")
		if err != nil {
			t.Fatal(err)
		}
		if err := remote.Write(tag, image); err != nil {
			t.Fatal(err)
		}
		return image
	}
}

func layerOf(t *testing.T, content string) v1.Layer {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	if err := w.WriteHeader(&tar.Header{Name: "bin/app", Mode: 0o755, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write([]byte(content))
	_ = w.Close()
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(out.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	return l
}

var morning = time.Date(2026, 1, 2, 8, 0, 0, 0, time.UTC)

func TestTwoMachinesAtDifferentHoursMakeTheSameImage(t *testing.T) {
	address, push := serve(t)
	push("hello")
	specs := []spec.Spec{{Name: "app", Image: address + "/app"}}
	first := newSite(t, morning).run(specs)[0]
	second := newSite(t, morning.Add(31*time.Hour)).run(specs)[0]
	if first.Err != nil || second.Err != nil {
		t.Fatal(first.Err, second.Err)
	}
	if first.Version.Fingerprint != second.Version.Fingerprint {
		t.Errorf("fingerprints %s and %s", first.Version.Fingerprint, second.Version.Fingerprint)
	}
	if first.Version.Serial == second.Version.Serial {
		t.Error("the serial does not tell the time")
	}
}

func TestASupersededVersionStaysFetchableForADay(t *testing.T) {
	address, push := serve(t)
	s := newSite(t, morning)
	specs := []spec.Spec{{Name: "app", Image: address + "/app"}}
	push("one")
	old := s.run(specs)[0].Version
	s.now = s.now.Add(time.Hour)
	push("two")
	if r := s.run(specs)[0]; r.Outcome != progress.Built || r.Version.Fingerprint == old.Fingerprint {
		t.Fatalf("the new image was not built: %+v", r)
	}
	s.now = s.now.Add(23 * time.Hour)
	s.run(specs)
	if !s.fetchable(old) {
		t.Error("the old version is gone after 23 hours")
	}
	s.now = s.now.Add(2 * time.Hour)
	s.run(specs)
	if s.fetchable(old) {
		t.Error("the old version is still there after 25 hours")
	}
}

func TestASpecThatIsGoneTakesItsImageAlongADayLater(t *testing.T) {
	address, push := serve(t)
	s := newSite(t, morning)
	push("one")
	both := []spec.Spec{{Name: "app", Image: address + "/app"}, {Name: "other", Image: address + "/app"}}
	s.run(both)
	results := s.run(both[:1])
	if len(results) != 2 || results[1].Outcome != progress.Removed || results[1].Product.Name != "other" {
		t.Fatalf("got %+v", results)
	}
	index, err := os.ReadFile(filepath.Join(s.dir, "images/streams/v1/index.json"))
	if err != nil || bytes.Contains(index, []byte("other")) {
		t.Errorf("the index still names it: %s, %v", index, err)
	}
	if !s.fetchable(results[1].Version) {
		t.Error("its files went at once")
	}
	s.now = s.now.Add(25 * time.Hour)
	s.run(both[:1])
	if s.fetchable(results[1].Version) {
		t.Error("its files are still there a day later")
	}
}

func TestUnusedLayersLeaveTheCache(t *testing.T) {
	address, push := serve(t)
	s := newSite(t, morning)
	specs := []spec.Spec{{Name: "app", Image: address + "/app"}}
	for _, content := range []string{"one", "two", "three"} {
		push(content)
		s.run(specs)
	}
	if n := s.cachedLayers(); n != 1 {
		t.Errorf("the cache holds %d layers, one is used", n)
	}
}

func TestUnusedLayersStayInTheCacheForAWhile(t *testing.T) {
	address, push := serve(t)
	s := newSite(t, time.Now()) // as the disk's clock says when a layer was used
	s.retention.Age = 24 * time.Hour
	app := spec.Spec{Name: "app", Image: address + "/app"}
	for _, content := range []string{"one", "two", "three"} {
		push(content)
		s.run([]spec.Spec{app})
	}
	if n := s.cachedLayers(); n != 3 {
		t.Errorf("after a moment, the cache holds %d layers of 3", n)
	}
	s.now = s.now.Add(25 * time.Hour)
	s.run([]spec.Spec{app, {Name: "broken", Image: address + "/app:gone"}})
	if n := s.cachedLayers(); n != 1 {
		t.Errorf("a day later, the cache holds %d layers, one is used", n)
	}
}

func TestTheCacheTakesNoMoreThanItMay(t *testing.T) {
	address, push := serve(t)
	s := newSite(t, time.Now())
	s.retention = layer.Retention{Age: time.Hour, Size: 1}
	push("one")
	s.run([]spec.Spec{{Name: "app", Image: address + "/app"}})
	if n := s.cachedLayers(); n != 0 {
		t.Errorf("the cache holds %d layers, and may take one byte", n)
	}
}

func TestAFailedImageKeepsItsLayersInTheCache(t *testing.T) {
	address, push := serve(t)
	s := newSite(t, morning)
	push("one")
	s.run([]spec.Spec{{Name: "app", Image: address + "/app"}})
	results := s.run([]spec.Spec{{Name: "app", Image: address + "/app:gone"}})
	if results[0].Outcome != progress.Failed || results[0].Version.Serial == "" {
		t.Fatalf("got %+v", results[0])
	}
	if n := s.cachedLayers(); n != 1 {
		t.Errorf("the cache holds %d layers", n)
	}
}

func TestADamagedLayerInTheCacheIsFetchedAgain(t *testing.T) {
	address, push := serve(t)
	push(strings.Repeat("some text of an application\n", 1000))
	specs := []spec.Spec{{Name: "app", Image: address + "/app"}}
	changed := []spec.Spec{{Name: "app", Image: address + "/app", Edits: spec.Edits{Description: "another"}}}
	whole, damaged := newSite(t, morning), newSite(t, morning)
	want := whole.run(changed)[0].Version.Fingerprint
	damaged.run(specs)
	files, err := filepath.Glob(filepath.Join(damaged.dir, "layers", "*", "blocks"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(files[0], data, 0o600); err != nil {
		t.Fatal(err)
	}
	result := damaged.run(changed)[0]
	if result.Err != nil || result.Version.Fingerprint != want {
		t.Errorf("got %s, want %s: %v", result.Version.Fingerprint, want, result.Err)
	}
}

func TestVersionsAreKeptAsLongAsRetentionSays(t *testing.T) {
	address, push := serve(t)
	s := newSite(t, morning)
	s.keep = image.Retention{Keep: 2}
	specs := []spec.Spec{{Name: "app", Image: address + "/app"}}
	var built []image.Version
	for _, content := range []string{"one", "two", "three"} {
		push(content)
		built = append(built, s.run(specs)[0].Version)
		s.now = s.now.Add(time.Hour)
	}
	if got := s.offered(); !slices.Equal(got, []string{built[1].Serial, built[2].Serial}) {
		t.Errorf("offered: %v", got)
	}
	s.now = s.now.Add(23 * time.Hour)
	s.run(specs)
	if s.fetchable(built[0]) || !s.fetchable(built[1]) {
		t.Error("a day later, not the files of the first version are gone, and only these")
	}
}

func TestAPinnedImageIsLeftAlone(t *testing.T) {
	address, push := serve(t)
	s := newSite(t, morning)
	app := spec.Spec{Name: "app", Image: address + "/app"}
	s.keep.Keep = 2
	push("one")
	s.run([]spec.Spec{app})
	push("two")
	two := s.run([]spec.Spec{app})[0].Version
	if err := s.store.Pin(t.Context(), image.Product{Name: "app", Architecture: "amd64"}, new(s.now)); err != nil {
		t.Fatal(err)
	}
	s.keep.Keep = 1
	push("three")
	if r := s.run([]spec.Spec{app})[0]; r.Outcome != progress.Unchanged || r.Version.Serial != two.Serial || r.Note != build.Pinned {
		t.Errorf("with a new image: %+v", r)
	}
	other := spec.Spec{Name: "other", Image: address + "/app"}
	if results := s.run([]spec.Spec{other}); len(results) != 1 || len(s.offered()) != 3 {
		t.Errorf("without its spec: %+v, offered are %v", results, s.offered())
	}
	if err := s.store.Pin(t.Context(), image.Product{Name: "app", Architecture: "amd64"}, nil); err != nil {
		t.Fatal(err)
	}
	if r := s.run([]spec.Spec{app})[0]; r.Outcome != progress.Built {
		t.Errorf("unpinned: %+v", r)
	}
}

// offered lists the serials in the store's catalog.
func (s *site) offered() (serials []string) {
	s.t.Helper()
	now, err := s.store.Versions(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, v := range now.List() {
		if v.Retired == nil {
			serials = append(serials, v.Serial)
		}
	}
	return serials
}

func TestARollbackHoldsUntilThereIsSomethingNew(t *testing.T) {
	address, push := serve(t)
	s := newSite(t, morning)
	s.keep.Keep = 3
	specs := []spec.Spec{{Name: "app", Image: address + "/app"}}
	push("one")
	one := s.run(specs)[0].Version
	push("two")
	two := s.run(specs)[0].Version
	again, err := store.Rollback(t.Context(), s.store, one)
	if err != nil {
		t.Fatal(err)
	}
	if again.Serial <= two.Serial || again.Fingerprint != one.Fingerprint {
		t.Fatalf("it is %+v", again)
	}
	for range 2 {
		if r := s.run(specs)[0]; r.Outcome != progress.Unchanged || r.Version.Serial != again.Serial || r.Note != build.HeldBack {
			t.Errorf("the next run: %+v", r)
		}
	}
	if got := s.offered(); !slices.Equal(got, []string{two.Serial, again.Serial}) {
		t.Errorf("offered: %v; the first has the image of the last", got)
	}
	push("one")
	if r := s.run(specs)[0]; r.Outcome != progress.Unchanged || r.Note != "" {
		t.Errorf("the tag went back, too: %+v", r)
	}
	push("three")
	if r := s.run(specs)[0]; r.Outcome != progress.Built || len(r.Version.Undone) != 0 {
		t.Errorf("with something new: %+v", r)
	}
}
