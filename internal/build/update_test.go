package build_test

import (
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/catalog"
	"lxdocker/internal/convert"
	"lxdocker/internal/failure"
	"lxdocker/internal/image"
	"lxdocker/internal/oci"
	"lxdocker/internal/spec"
)

// newHubSite is a machine whose folder of images is there before lxdocker is.
func newHubSite(t *testing.T) *site {
	s := newSite(t, morning)
	if err := os.Mkdir(s.images(), 0o755); err != nil {
		t.Fatal(err)
	}
	return s
}

// demand is the job for what a client asks for.
func demand(t *testing.T, name string) convert.Job {
	t.Helper()
	ref, err := oci.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	j, err := convert.Demand(ref, "amd64")
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func (s *site) update(name string) image.Version {
	s.t.Helper()
	v, err := s.builder().Update(s.t.Context(), s.store, demand(s.t, name), false)
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

func (s *site) catalog() *catalog.Catalog {
	s.t.Helper()
	now, err := s.store.Versions(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return catalog.New(maps.Collect(now.All()))
}

func TestWhatIsAskedForIsMade(t *testing.T) {
	address, push := serve(t)
	push("one")
	s := newHubSite(t)
	v := s.update(address + "/app")
	if !v.Hub || v.Source != address+"/app:latest" || len(v.Layers) != 1 || !strings.HasPrefix(v.Name, strings.ReplaceAll(address, ":", "_")+"_app_latest_") {
		t.Errorf("it is %+v", v)
	}
	for _, name := range []string{address + "/app", address + "/app:latest"} {
		if p := s.catalog().Find(name, "amd64"); p == nil || p.Current().Serial != v.Serial {
			t.Errorf("%s is not found under its name", name)
		}
	}
	if s.catalog().Find(v.Name, "amd64") != nil {
		t.Error("it has its folder's name for an alias")
	}
	if again := s.update(address + "/app"); again.Serial != v.Serial {
		t.Errorf("it was converted again: %s, %s", v.Serial, again.Serial)
	}
	push("two")
	s.now = s.now.Add(time.Hour)
	if next := s.update(address + "/app"); next.Serial <= v.Serial || next.Fingerprint == v.Fingerprint {
		t.Errorf("after the tag moved it is %+v", next)
	}
}

func TestHubAndSpecsDoNotTouchEachOther(t *testing.T) {
	address, push := serve(t)
	push("one")
	s := newHubSite(t)
	specs := []spec.Spec{{Name: "app", Image: address + "/app", Edits: spec.Edits{Aliases: []string{address + "/app"}}}}
	hub := s.update(address + "/app:latest")
	own := s.run(specs)[0].Version
	s.now = s.now.Add(48 * time.Hour)
	s.run(specs)
	s.update(address + "/app:latest")
	c := s.catalog()
	if len(c.Products()) != 2 {
		t.Fatalf("there are %d products", len(c.Products()))
	}
	for _, p := range c.Products() {
		if len(p.Refused) > 0 {
			t.Errorf("%s lacks the aliases %v", p.Name, p.Refused)
		}
	}
	for alias, want := range map[string]image.Version{"app": own, address + "/app": own, address + "/app:latest": hub} {
		if p := c.Find(alias, "amd64"); p == nil || p.Current().Serial != want.Serial {
			t.Errorf("%s is %+v", alias, p)
		}
	}
	if err := s.builder().Tidy(t.Context(), s.store); err != nil {
		t.Fatal(err)
	}
	index, err := os.ReadFile(filepath.Join(s.dir, "images/streams/v1/images.json"))
	if err != nil || !strings.Contains(string(index), hub.Fingerprint) {
		t.Errorf("the index does not list the hub's image (%v)", err)
	}
	if err := s.builder().Drop(t.Context(), s.store, hub.Product()); err != nil {
		t.Fatal(err)
	}
	if c := s.catalog(); len(c.Products()) != 1 || c.Products()[0].Name != "app" {
		t.Errorf("after that was dropped there is %+v", c.Products())
	}
	if !s.fetchable(hub) {
		t.Error("its files went at once")
	}
}

func TestWhatCannotBeMade(t *testing.T) {
	address, push := serve(t)
	push("one")
	tests := map[string]struct {
		name, text string
		arch       string // "" is amd64
		limit      int64
		kind       failure.Kind
	}{
		"an image nobody has":       {name: address + "/app:gone", text: "MANIFEST_UNKNOWN", kind: failure.NotFound},
		"a registry that is down":   {name: "127.0.0.1:1/app", text: "nothing listens there", kind: failure.Unavailable},
		"another processor":         {name: address + "/app", arch: "arm64", text: "arm64", kind: failure.Unsupported},
		"an image beyond the limit": {name: address + "/app", limit: 5, text: "no more than 5 are allowed", kind: failure.TooLarge},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newHubSite(t)
			ref, err := oci.Parse(test.name)
			if err != nil {
				t.Fatal(err)
			}
			j, err := convert.Demand(ref, cmp.Or(test.arch, "amd64"))
			if err != nil {
				t.Fatal(err)
			}
			j.MaxSize = test.limit
			if _, err = s.builder().Update(t.Context(), s.store, j, false); err == nil || !strings.Contains(err.Error(), test.text) || failure.KindOf(err) != test.kind {
				t.Errorf("it is %v: %v", failure.KindOf(err), err)
			}
		})
	}
}

func TestALimitIsForLargerImagesOnly(t *testing.T) {
	address, push := serve(t)
	push("one")
	s := newHubSite(t)
	j := demand(t, address+"/app")
	j.MaxSize = 1 << 20
	if _, err := s.builder().Update(t.Context(), s.store, j, false); err != nil {
		t.Error(err)
	}
}

func TestThereAreNoImagesForUnknownProcessors(t *testing.T) {
	ref, err := oci.Parse("nginx")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := convert.Demand(ref, "vax"); err == nil || failure.KindOf(err) != failure.NotFound || !strings.Contains(err.Error(), "vax") {
		t.Errorf("it is %v", err)
	}
}

func TestNamesOfHubImages(t *testing.T) {
	address, push := serve(t)
	push("one")
	s := newHubSite(t)
	v := s.update(address + "/app")
	digest := s.update(address + "/app@" + v.SourceDigest)
	both := s.update(address + "/app:latest@" + v.SourceDigest)
	names := []string{v.Name, digest.Name, both.Name}
	slices.Sort(names)
	if len(slices.Compact(names)) != 3 {
		t.Errorf("they are %v", names)
	}
	if p := s.catalog().Find(address+"/app@"+v.SourceDigest, "amd64"); p == nil || p.Current().Serial != digest.Serial {
		t.Errorf("by its digest it is %+v", p)
	}
}
