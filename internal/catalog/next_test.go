package catalog_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lxdocker/internal/catalog"
	"lxdocker/internal/image"
)

// TestACatalogIsThatOfItsVersionsHoweverItCameAbout changes products at random, and
// compares the catalog that was made step by step with one of all versions, and both
// with what a naive reading of the rules gives.
func TestACatalogIsThatOfItsVersionsHoweverItCameAbout(t *testing.T) {
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 0))
		products := map[image.Product][]image.Version{}
		c := catalog.New(nil)
		for step := range 60 {
			changed := map[image.Product][]image.Version{}
			for range 1 + random.IntN(3) {
				p := image.Product{Name: pick(random, "a", "b", "c", "web", "x"), Architecture: pick(random, "amd64", "arm64")}
				changed[p] = someVersions(random, p)
				if products[p] = changed[p]; len(changed[p]) == 0 {
					delete(products, p)
				}
			}
			last, before := c, slices.Clone(c.Products())
			old := show(c)
			next := c.With(packedAll(changed))
			if diff := cmp.Diff(old, show(c)); diff != "" {
				t.Fatalf("seed %d, step %d: the catalog before has changed:\n%s", seed, step, diff)
			}
			c = next
			versions := slices.Concat(slices.Collect(maps.Values(products))...)
			want := naive(versions)
			for what, got := range map[string]*catalog.Catalog{"step by step": c, "at once": of(versions...)} {
				if diff := cmp.Diff(want, show(got)); diff != "" {
					t.Fatalf("seed %d, step %d, %s (-want +got):\n%s", seed, step, what, diff)
				}
			}
			checkLookups(t, c, versions)
			checkSharing(t, before, c.Products(), changed)
			since := slices.DeleteFunc(slices.Clone(c.Products()), func(p *catalog.Product) bool { return slices.Contains(before, p) })
			if got := c.Since(last); !slices.Equal(got, since) {
				t.Fatalf("seed %d, step %d: changed are %v, want %v", seed, step, got, since)
			}
		}
	}
}

func packedAll(products map[image.Product][]image.Version) map[image.Product]image.Packed {
	all := map[image.Product]image.Packed{}
	for p, versions := range products {
		all[p] = image.Pack(versions)
	}
	return all
}

func pick(random *rand.Rand, all ...string) string { return all[random.IntN(len(all))] }

func someVersions(random *rand.Rand, p image.Product) (all []image.Version) {
	hub := random.IntN(4) == 0
	for n := range random.IntN(4) {
		var aliases []string
		for range random.IntN(4) {
			aliases = append(aliases, pick(random, "a", "b", "web", "x", "y", "web/amd64", "x/arm64", "x/arm64/arm64", "y/amd64", "a/amd64"))
		}
		one := v(p.Name, p.Architecture, n, aliases...)
		one.Hub, one.Fingerprint = hub, fmt.Sprintf("%012d%052d", random.IntN(4), random.IntN(3))
		if random.IntN(3) == 0 {
			one = retired(one)
		}
		all = append(all, one)
	}
	return all
}

// naive gives the aliases in three rounds over all products: the names, the aliases
// of specs, those of the hub that no spec wants; and none ends in an architecture.
func naive(versions []image.Version) (shown []string) {
	current := image.Current(versions)
	owners := map[string]image.Product{}
	take := func(alias string, p image.Product) image.Product {
		if o, ok := owners[alias+" "+p.Architecture]; ok {
			return o
		}
		owners[alias+" "+p.Architecture] = p
		return p
	}
	claimed := map[string]bool{}
	for p, v := range current {
		for _, a := range append([]string{p.Name}, v.Aliases...) {
			claimed[a] = claimed[a] || !v.Hub
		}
	}
	sorted := slices.SortedFunc(maps.Keys(current), image.Product.Compare)
	aliases, conflicts := map[image.Product][]string{}, map[image.Product][]string{}
	for _, p := range sorted {
		if !current[p].Hub {
			aliases[p] = []string{take(p.Name, p).Name}
		}
	}
	for _, hub := range []bool{false, true} {
		for _, p := range sorted {
			if current[p].Hub != hub {
				continue
			}
			for _, a := range slices.Compact(slices.Sorted(slices.Values(current[p].Aliases))) {
				if slices.Contains(aliases[p], a) || strings.HasSuffix(a, "64") || hub && claimed[a] {
					continue
				}
				if o := take(a, p); o == p {
					aliases[p] = append(aliases[p], a)
				} else if !hub {
					conflicts[p] = append(conflicts[p], fmt.Sprintf("conflict %s/%s: %s, not %s", a, p.Architecture, o.Name, p.Name))
				}
			}
		}
	}
	for _, p := range sorted {
		shown = append(shown, fmt.Sprintf("%s %s %v", p, current[p].Serial[14:], aliases[p]))
	}
	for _, p := range sorted {
		shown = append(shown, conflicts[p]...)
	}
	return shown
}

// checkLookups looks up everything that there is, and compares it with a look at
// each version.
func checkLookups(t *testing.T, c *catalog.Catalog, versions []image.Version) {
	t.Helper()
	for _, p := range c.Products() {
		for _, a := range p.Aliases {
			if c.Find(a, p.Architecture) != p || c.Find(a+"/"+p.Architecture, p.Architecture) != p || !slices.Contains(c.Named(a), p) {
				t.Fatalf("%s does not lead to %s", a, p)
			}
		}
	}
	for _, v := range versions {
		got, form, ok := c.Fingerprinted(v.Fingerprint)
		if !ok || got.Fingerprint != v.Fingerprint || form.Fingerprint != v.Fingerprint || v.Retired == nil && got.Retired != nil {
			t.Fatalf("%s: %v, %+v", v.Fingerprint, ok, got)
		}
		var want []string
		for _, p := range c.Products() {
			if p.Current().Fingerprint == v.Fingerprint {
				want = append(want, p.Aliases...)
			}
		}
		if got := c.AliasesOf(v.Fingerprint); !slices.Equal(got, want) {
			t.Fatalf("the aliases of %s are %q, want %q", v.Fingerprint, got, want)
		}
	}
}

// checkSharing looks whether products are the same unless there is a reason.
func checkSharing(t *testing.T, before, after []*catalog.Product, changed map[image.Product][]image.Version) {
	t.Helper()
	for _, p := range after {
		i := slices.IndexFunc(before, func(q *catalog.Product) bool { return q.Product == p.Product })
		if _, touched := changed[p.Product]; touched || i < 0 || before[i] == p {
			continue
		}
		if slices.Equal(before[i].Aliases, p.Aliases) && slices.Equal(before[i].Refused, p.Refused) {
			t.Fatalf("%s is not the same as before, and says nothing else", p)
		}
	}
}

func TestALookUpDoesNotCostMoreOfMoreImages(t *testing.T) {
	var versions []image.Version
	for n := range 20_000 {
		versions = append(versions, withFingerprints(v(fmt.Sprintf("image-%d", n), "amd64", 1, fmt.Sprintf("alias-%d", n)), fmt.Sprintf("%012x%052x", n, n)))
	}
	c := of(versions...)
	began := time.Now()
	for n := range 20_000 {
		if p := c.Find(fmt.Sprintf("alias-%d", n), "amd64"); p == nil || !strings.HasSuffix(p.Name, fmt.Sprintf("-%d", n)) {
			t.Fatal(n, p)
		}
		if _, _, ok := c.Fingerprinted(fmt.Sprintf("%012x%052x", n, n)); !ok {
			t.Fatal(n)
		}
	}
	for n := range 200 {
		p := image.Product{Name: fmt.Sprintf("image-%d", n), Architecture: "amd64"}
		c = c.With(image.PackAll([]image.Version{v(p.Name, p.Architecture, 2)}))
	}
	if took := time.Since(began); took > 5*time.Second { // looking through all would take minutes
		t.Errorf("it took %v", took)
	}
}
