package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

func product(name string) image.Product { return image.Product{Name: name, Architecture: "amd64"} }

func versionOf(p image.Product, serial int) image.Version {
	return image.Version{Name: p.Name, Architecture: p.Architecture, Serial: fmt.Sprintf("20261123_1015%02d", serial)}
}

func paths(versions []image.Version) (all []string) {
	for _, v := range versions {
		all = append(all, v.Dir())
	}
	return all
}

// TestSnapshotsChangeByProducts makes snapshots one of another, and compares each
// with one that is made anew.
func TestSnapshotsChangeByProducts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now, model := store.NewSnapshot(nil, nil), map[image.Product][]image.Version{}
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			changed := map[image.Product][]image.Version{}
			for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom(strings.Split("abcdefg", "")), rapid.ID).Draw(t, "products") {
				p := product(name)
				for _, serial := range rapid.Permutation([]int{1, 2, 3}).Draw(t, "serials")[:rapid.IntRange(0, 3).Draw(t, "versions")] {
					changed[p] = append(changed[p], versionOf(p, serial))
				}
				if model[p] = changed[p]; changed[p] == nil {
					changed[p] = nil // that is: no such product any more
					delete(model, p)
				}
			}
			last := now
			packed := map[image.Product]image.Packed{}
			for p, versions := range changed {
				packed[p] = image.Pack(versions)
			}
			now = last.With(packed, nil)
			var all []image.Version
			for _, versions := range model {
				all = append(all, versions...)
			}
			want := store.NewSnapshot(all, nil)
			if !slices.Equal(paths(now.List()), paths(want.List())) || !slices.Equal(now.Products(), want.Products()) {
				t.Fatalf("it has %v, not %v", paths(now.List()), paths(want.List()))
			}
			for _, p := range now.Changed(last) {
				if _, ok := changed[p]; !ok {
					t.Fatalf("%s is said to have changed", p)
				}
			}
			for p := range changed {
				if (len(last.Product(p)) > 0 || len(now.Product(p)) > 0) && !slices.Contains(now.Changed(last), p) {
					t.Fatalf("%s is not said to have changed", p)
				}
			}
			if len(now.Changed(now)) > 0 {
				t.Fatal("it is said to differ from itself")
			}
		}
	})
}

func TestWhatASnapshotFinds(t *testing.T) {
	a, b := product("a"), product("b")
	now := store.NewSnapshot([]image.Version{versionOf(b, 2), versionOf(a, 1), versionOf(b, 1)}, nil)
	if got := paths(now.Product(b)); !slices.Equal(got, paths([]image.Version{versionOf(b, 1), versionOf(b, 2)})) {
		t.Errorf("b has %v", got)
	}
	if v, ok := now.Current(b); !ok || v.Serial != versionOf(b, 2).Serial {
		t.Errorf("of b, clients get %v, %v", v, ok)
	}
	if v, ok := now.Version(versionOf(b, 1).ID()); !ok || v.Serial != versionOf(b, 1).Serial {
		t.Errorf("the first of b is %v, %v", v, ok)
	}
	if v, ok := now.Version(versionOf(a, 2).ID()); ok {
		t.Errorf("there is a second of a: %v", v)
	}
	if _, ok := now.Current(product("c")); ok || now.Product(product("c")) != nil {
		t.Error("there is a c")
	}
}

func BenchmarkSnapshotAfterOneChange(b *testing.B) {
	for _, n := range []int{10, 10_000} {
		var all []image.Version
		for i := range n {
			for serial := range 3 {
				all = append(all, versionOf(product(fmt.Sprintf("image%d", i)), serial))
			}
		}
		now := store.NewSnapshot(all, nil)
		p := product("image7")
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				next := now.With(map[image.Product]image.Packed{p: now.PackedProduct(p)}, nil)
				if len(next.Changed(now)) != 1 {
					b.Fatal("not one product changed")
				}
			}
		})
	}
}
