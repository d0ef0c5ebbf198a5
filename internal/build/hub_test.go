package build_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/build"
	"lxdocker/internal/catalog"
	"lxdocker/internal/image"
	"lxdocker/internal/oci"
	"lxdocker/internal/spec"
)

// newHubSite is a machine whose folder of images is there before lxdocker is.
func newHubSite(t *testing.T) *site {
	s := newSite(t, morning)
	if err := os.Mkdir(s.store.Dir(), 0o755); err != nil {
		t.Fatal(err)
	}
	return s
}

// demand is what a client asks for.
func demand(t *testing.T, name string) build.Demand {
	t.Helper()
	ref, err := oci.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	return build.Demand{Ref: ref, Architecture: "amd64"}
}

func (s *site) supply(name string) image.Version {
	s.t.Helper()
	v, err := s.builder().Supply(s.t.Context(), s.store, demand(s.t, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

func (s *site) catalog() catalog.Catalog {
	s.t.Helper()
	versions, err := s.store.Versions()
	if err != nil {
		s.t.Fatal(err)
	}
	return catalog.New(versions)
}

func TestWhatIsAskedForIsSupplied(t *testing.T) {
	address, push := serve(t)
	push("one")
	s := newHubSite(t)
	v := s.supply(address + "/app")
	if !v.Hub || v.Source != address+"/app:latest" || len(v.Layers) != 1 || !strings.HasPrefix(v.Name, strings.ReplaceAll(address, ":", "_")+"_app_latest_") {
		t.Errorf("it is %+v", v)
	}
	for _, name := range []string{address + "/app", address + "/app:latest"} {
		if p, ok := s.catalog().Find(name, "amd64"); !ok || p.Current().Serial != v.Serial {
			t.Errorf("%s is not found under its name", name)
		}
	}
	if _, ok := s.catalog().Find(v.Name, "amd64"); ok {
		t.Error("it has its folder's name for an alias")
	}
	if again := s.supply(address + "/app"); again.Serial != v.Serial {
		t.Errorf("it was converted again: %s, %s", v.Serial, again.Serial)
	}
	push("two")
	s.now = s.now.Add(time.Hour)
	if next := s.supply(address + "/app"); next.Serial <= v.Serial || next.Fingerprint == v.Fingerprint {
		t.Errorf("after the tag moved it is %+v", next)
	}
}

func TestHubAndSpecsDoNotTouchEachOther(t *testing.T) {
	address, push := serve(t)
	push("one")
	s := newHubSite(t)
	specs := []spec.Spec{{Name: "app", Image: address + "/app", Aliases: []string{address + "/app"}}}
	hub := s.supply(address + "/app:latest")
	own := s.run(specs)[0].Version
	s.now = s.now.Add(48 * time.Hour)
	s.run(specs)
	s.supply(address + "/app:latest")
	c := s.catalog()
	if len(c.Products) != 2 || len(c.Clashes) != 0 {
		t.Fatalf("there are %d products and the clashes %v", len(c.Products), c.Clashes)
	}
	for alias, want := range map[string]image.Version{"app": own, address + "/app": own, address + "/app:latest": hub} {
		if p, ok := c.Find(alias, "amd64"); !ok || p.Current().Serial != want.Serial {
			t.Errorf("%s is %+v", alias, p)
		}
	}
	index, err := os.ReadFile(filepath.Join(s.dir, "images/streams/v1/images.json"))
	if err != nil || !strings.Contains(string(index), hub.Fingerprint) {
		t.Errorf("the index does not list the hub's image (%v)", err)
	}
	if err := s.builder().Drop(s.store, hub); err != nil {
		t.Fatal(err)
	}
	if c := s.catalog(); len(c.Products) != 1 || c.Products[0].Name != "app" {
		t.Errorf("after that was dropped there is %+v", c.Products)
	}
	if !s.fetchable(hub) {
		t.Error("its files went at once")
	}
}

func TestWhatCannotBeSupplied(t *testing.T) {
	address, push := serve(t)
	push("one")
	tests := map[string]struct {
		name, arch, text string
		limit            int64
		passing          bool
	}{
		"an image nobody has":         {address + "/app:gone", "amd64", "MANIFEST_UNKNOWN", 0, false},
		"a registry that is down":     {"127.0.0.1:1/app", "amd64", "nothing listens there", 0, true},
		"another processor":           {address + "/app", "arm64", "arm64", 0, false},
		"a processor nobody knows":    {address + "/app", "vax", "vax", 0, false},
		"an image beyond the limit":   {address + "/app", "amd64", "no more than 5 are allowed", 5, false},
		"an image beyond it, by size": {address + "/app", "amd64", "", 1 << 20, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newHubSite(t)
			b := s.builder()
			b.MaxImage = test.limit
			d := demand(t, test.name)
			d.Architecture = test.arch
			_, err := b.Supply(t.Context(), s.store, d)
			if test.text == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.text) || build.Passing(err) != test.passing {
				t.Errorf("passing %v: %v", build.Passing(err), err)
			}
			if errors.Is(err, build.ErrTooLarge) != (test.limit > 0) {
				t.Errorf("too large: %v", err)
			}
		})
	}
}

func TestNamesOfHubImages(t *testing.T) {
	address, push := serve(t)
	push("one")
	s := newHubSite(t)
	v := s.supply(address + "/app")
	digest := s.supply(address + "/app@" + v.SourceDigest)
	both := s.supply(address + "/app:latest@" + v.SourceDigest)
	names := []string{v.Name, digest.Name, both.Name}
	slices.Sort(names)
	if len(slices.Compact(names)) != 3 {
		t.Errorf("they are %v", names)
	}
	if p, ok := s.catalog().Find(address+"/app@"+v.SourceDigest, "amd64"); !ok || p.Current().Serial != digest.Serial {
		t.Errorf("by its digest it is %+v", p)
	}
}
