package simplestreams_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lxdocker/internal/catalog"
	"lxdocker/internal/image"
	"lxdocker/internal/simplestreams"
)

var update = flag.Bool("update", false, "write the golden files")

func hash(c string) string { return strings.Repeat(c, 64) }

func split(name, arch string) image.Version {
	return image.Version{
		Name: name, Architecture: arch, Serial: "20261123_101500", Fingerprint: hash("f"), Release: "1.27",
		Files: []image.File{
			{Kind: image.Metadata, Name: "lxd.tar.xz", Size: 812, SHA256: hash("a")},
			{Kind: image.Squashfs, Name: "rootfs.squashfs", Size: 71234567890, SHA256: hash("b")},
		},
		Created: time.Date(2026, 11, 23, 10, 15, 0, 0, time.UTC),
	}
}

func unified(name, arch, file string) image.Version {
	v := split(name, arch)
	v.Fingerprint = hash("c")
	v.Files = []image.File{{Kind: image.Unified, Name: file, Size: 99, SHA256: hash("c")}}
	return v
}

// capable has a root file system for Incus alone.
func capable(name, arch string) image.Version {
	v := split(name, arch)
	v.TarballFingerprint = hash("e")
	v.Files = append(v.Files, image.File{Kind: image.Tarball, Name: "rootfs.tar.gz", Size: 81234567890, SHA256: hash("d")})
	return v
}

func example() []image.Version {
	nginx := split("nginx", "amd64")
	nginx.Aliases = []string{"web", "nginx:1.27", "a<b>&c"}
	nginx.Requirements = map[string]string{"nesting": "true"}
	odd := split("odd", "armhf")
	odd.Release = ""
	odd.Properties = map[string]string{"os": "Debian", "release": "bookworm", "variant": "cloud", "unknown": "stays behind"}
	return []image.Version{nginx, split("nginx", "arm64"), odd, capable("ping", "amd64"),
		unified("gz", "i386", "lxd_combined.tar.gz"), unified("tar", "riscv64", "lxd_combined.tar")}
}

func render(t *testing.T, versions []image.Version) (index, images []byte) {
	t.Helper()
	index, images, err := simplestreams.Render(catalog.New(image.PackAll(versions)))
	if err != nil {
		t.Fatal(err)
	}
	return index, images
}

func TestGolden(t *testing.T) {
	for name, versions := range map[string][]image.Version{"example": example(), "empty": nil} {
		index, images := render(t, versions)
		for file, got := range map[string][]byte{name + "-index.json": index, name + "-images.json": images} {
			golden := path.Join("testdata", file)
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", golden, diff)
			}
		}
	}
}

func TestTheOrderOfVersionsDoesNotMatter(t *testing.T) {
	versions := example()
	index, images := render(t, versions)
	slices.Reverse(versions)
	index2, images2 := render(t, versions)
	if string(index) != string(index2) || string(images) != string(images2) {
		t.Error("the bytes differ")
	}
}

// reading is images.json as clients read it.
type reading struct {
	Format   string
	Products map[string]struct {
		Aliases, Arch, OS, Release, Variant string
		ReleaseTitle                        string            `json:"release_title"`
		LXD                                 map[string]string `json:"lxd_requirements"`
		Requirements                        map[string]string
		Versions                            map[string]struct{ Items map[string]readItem }
	}
}

type readItem struct {
	FType, Path, SHA256 string
	Size                int64
	Combined            string `json:"combined_squashfs_sha256"`
	CombinedXZ          string `json:"combined_rootxz_sha256"`
}

func read(t *testing.T, versions []image.Version) reading {
	t.Helper()
	_, images := render(t, versions)
	var r reading
	if err := json.Unmarshal(images, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestEachFamilyFindsTheImage follows the rules of products.go of both families:
// LXD takes items that are called lxd…, Incus those that are called incus….
func TestEachFamilyFindsTheImage(t *testing.T) {
	for id, p := range read(t, example()).Products {
		for _, v := range p.Versions {
			want := map[string]string{"lxd": hash("f"), "incus": hash("f")}
			switch {
			case len(v.Items) == 2:
				want = map[string]string{"lxd": hash("c"), "incus": hash("c")}
			case strings.HasPrefix(id, "ping:"):
				want["incus"] = hash("e")
			}
			for family, fingerprint := range want {
				if got := fingerprints(v.Items, family); !slices.Equal(got, []string{fingerprint}) {
					t.Errorf("%s: %s finds the fingerprints %q in %+v", id, family, got, v.Items)
				}
			}
			if len(v.Items) > 2 && v.Items["lxd.tar.xz"].Path != v.Items["incus.tar.xz"].Path {
				t.Errorf("%s: %+v", id, v.Items)
			}
		}
	}
}

// fingerprints are those of all images a family finds. There must be one: of
// two it would be a matter of its version which one it takes.
func fingerprints(items map[string]readItem, family string) (found []string) {
	byType := map[string]readItem{}
	for _, i := range items {
		byType[i.FType] = i
	}
	if i, ok := byType[family+"_combined.tar.gz"]; ok {
		found = append(found, i.SHA256)
	}
	for ftype, sum := range map[string]string{"squashfs": byType[family+".tar.xz"].Combined, "root.tar.xz": byType[family+".tar.xz"].CombinedXZ} {
		if _, ok := byType[ftype]; ok && sum != "" {
			found = append(found, sum)
		}
	}
	return found
}

func TestEveryProductCanBeSortedAndFound(t *testing.T) {
	r := read(t, example())
	if r.Format != "products:1.0" {
		t.Errorf("format is %q", r.Format)
	}
	for id, p := range r.Products {
		if p.OS == "" || p.Release == "" || p.ReleaseTitle == "" || p.Variant == "" || p.Arch == "" || p.Aliases == "" {
			t.Errorf("%s lacks something: %+v", id, p)
		}
		if p.LXD == nil || !maps.Equal(p.LXD, p.Requirements) {
			t.Errorf("%s: requirements for LXD are %v, for the others %v", id, p.LXD, p.Requirements)
		}
		for serial := range p.Versions {
			if _, err := time.Parse("20060102_150405", serial); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		}
	}
}

func TestAVersionWithoutItsFilesIsAnError(t *testing.T) {
	v := split("nginx", "amd64")
	v.Files = v.Files[:1]
	if _, _, err := simplestreams.Render(catalog.New(image.PackAll([]image.Version{v}))); err == nil || !strings.Contains(err.Error(), "nginx") {
		t.Errorf("got %v", err)
	}
}

func TestClientsCacheTheTwoFilesUnderDifferentNames(t *testing.T) {
	if path.Base(simplestreams.IndexPath) == path.Base(simplestreams.ImagesPath) {
		t.Error("one would overwrite the other")
	}
}

func BenchmarkRender(b *testing.B) {
	var versions []image.Version
	for n := range 10_000 {
		for serial := range 3 {
			v := split(fmt.Sprintf("image-%d", n), "amd64")
			v.Serial = fmt.Sprintf("2026112%d_101500", serial)
			v.Fingerprint = fmt.Sprintf("%016x%048x", 3*n+serial, n)
			versions = append(versions, v)
		}
	}
	c := catalog.New(image.PackAll(versions))
	for b.Loop() {
		_, images, err := simplestreams.Render(c)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(images)))
	}
}
