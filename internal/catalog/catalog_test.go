package catalog_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lxdocker/internal/catalog"
	"lxdocker/internal/image"
)

// v makes a version: "nginx amd64 3" with aliases.
func v(name, arch string, serial int, aliases ...string) image.Version {
	return image.Version{Name: name, Architecture: arch, Serial: fmt.Sprintf("20261123_10150%d", serial), Aliases: aliases}
}

// hub makes a version of an image on demand.
func hub(name, arch string, aliases ...string) image.Version {
	one := v(name, arch, 1, aliases...)
	one.Hub = true
	return one
}

// of is the catalog of versions.
func of(versions ...image.Version) *catalog.Catalog { return catalog.New(image.PackAll(versions)) }

func retired(v image.Version) image.Version {
	at := time.Unix(0, 0)
	v.Retired = &at
	return v
}

// show writes a catalog in one line for each product and conflict.
func show(c *catalog.Catalog) []string {
	var all []string
	for _, p := range c.Products() {
		all = append(all, fmt.Sprintf("%s/%s %s %v", p.Name, p.Architecture, p.Current().Serial[14:], p.Aliases))
	}
	for _, p := range c.Products() {
		for _, x := range p.Refused {
			all = append(all, fmt.Sprintf("conflict %s/%s: %s, not %s", x.Alias, x.Architecture, x.Winner, x.Loser))
		}
	}
	return all
}

// A tag may go back to what it was, and LXD and Incus refuse an image that they
// find twice.
func TestAnImageIsOfferedOnce(t *testing.T) {
	a, b, c := v("a", "amd64", 1), v("a", "amd64", 2), v("a", "amd64", 3)
	a.Fingerprint, b.Fingerprint, c.Fingerprint = "x", "y", "x"
	other := v("b", "amd64", 1)
	other.Fingerprint = "y"
	products := of([]image.Version{a, b, c, other}...).Products()
	if len(products) != 2 || cmp.Diff(products[0].Versions(), []*image.Version{&c, &b}) != "" || len(products[1].Versions()) != 1 {
		t.Errorf("offered: %+v", products)
	}
	a.Fingerprint, a.TarballFingerprint, c.TarballFingerprint = "z", "t", "t"
	if got := of([]image.Version{a, b, c}...).Products()[0].Versions(); cmp.Diff(got, []*image.Version{&c, &b}) != "" {
		t.Errorf("offered: %+v", got)
	}
}

func TestCatalog(t *testing.T) {
	tests := map[string]struct {
		versions []image.Version
		want     []string
	}{
		"nothing gives nothing": {},
		"the newest version of each product is offered": {
			[]image.Version{v("a", "amd64", 1), v("a", "amd64", 3), v("a", "amd64", 2), v("a", "arm64", 1), v("b", "amd64", 9)},
			[]string{"a/amd64 3 [a]", "a/arm64 1 [a]", "b/amd64 9 [b]"},
		},
		"retired versions are not offered": {
			[]image.Version{v("a", "amd64", 1), retired(v("a", "amd64", 2)), retired(v("b", "amd64", 1))},
			[]string{"a/amd64 1 [a]"},
		},
		"aliases are those of the newest version, the name first": {
			[]image.Version{v("m", "amd64", 1, "old"), v("m", "amd64", 2, "z", "b", "z", "m")},
			[]string{"m/amd64 2 [m b z]"},
		},
		"products for other architectures may share aliases": {
			[]image.Version{v("a", "amd64", 1, "x"), v("b", "arm64", 1, "x", "a")},
			[]string{"a/amd64 1 [a x]", "b/arm64 1 [b a x]"},
		},
		"a name wins over an alias": {
			[]image.Version{v("a", "amd64", 1, "z"), v("z", "amd64", 1)},
			[]string{"a/amd64 1 [a]", "z/amd64 1 [z]", "conflict z/amd64: z, not a"},
		},
		"of two aliases the one of the first name wins, whatever is newer": {
			[]image.Version{v("b", "amd64", 9, "x"), v("c", "amd64", 5, "x"), v("a", "amd64", 1, "x")},
			[]string{"a/amd64 1 [a x]", "b/amd64 9 [b]", "c/amd64 5 [c]", "conflict x/amd64: a, not b", "conflict x/amd64: a, not c"},
		},
		"no alias ends in an architecture: that is how clients name one": {
			[]image.Version{v("a", "amd64", 1, "web/amd64", "web/aarch64", "web/arm", "amd64"), hub("julia-arm64", "amd64", "julia/arm64", "julia/arm64:latest")},
			[]string{"a/amd64 1 [a amd64 web/arm]", "julia-arm64/amd64 1 [julia/arm64:latest]"},
		},
		"what a spec is called, for whatever architecture, is no hub image": {
			[]image.Version{v("a", "amd64", 1, "web"), hub("h", "arm64", "a", "web", "library/a"), hub("h", "amd64", "a", "web", "library/a")},
			[]string{"a/amd64 1 [a web]", "h/amd64 1 [library/a]", "h/arm64 1 [library/a]"},
		},
		"a claim that another spec's is stronger than is one all the same": {
			[]image.Version{v("a", "amd64", 1, "x"), v("b", "amd64", 1, "x"), hub("h", "arm64", "x")},
			[]string{"a/amd64 1 [a x]", "b/amd64 1 [b]", "h/arm64 1 []", "conflict x/amd64: a, not b"},
		},
		"a hub image is not called as a fingerprint begins": {
			[]image.Version{v("a", "amd64", 1, "0123456789ab"), hub("h", "amd64", "cafecafecafe", "cafecafecaf", "library/cafecafecafe")},
			[]string{"a/amd64 1 [a 0123456789ab]", "h/amd64 1 [cafecafecaf library/cafecafecafe]"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for range 5 { // the order must not matter
				shuffled := slices.Clone(test.versions)
				rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
				if diff := cmp.Diff(test.want, show(of(shuffled...))); diff != "" {
					t.Fatalf("of %v (-want +got):\n%s", shuffled, diff)
				}
			}
		})
	}
}
