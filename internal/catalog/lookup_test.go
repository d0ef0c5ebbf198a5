package catalog_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"lxdocker/internal/catalog"
	"lxdocker/internal/store"
)

// image gives a version its fingerprints: of the squashfs and of the tarball.
func image(v store.Version, fingerprints ...string) store.Version {
	v.Fingerprint = fingerprints[0]
	v.Files = []store.File{{Kind: store.Metadata, Name: "m"}, {Kind: store.Squashfs, Name: "s"}}
	if len(fingerprints) > 1 {
		v.TarballFingerprint = fingerprints[1]
		v.Files = append(v.Files, store.File{Kind: store.Tarball, Name: "t"})
	}
	return v
}

func TestFingerprinted(t *testing.T) {
	versions := []store.Version{
		image(v("a", "amd64", 2), "abc1", "abd2"), image(retired(v("a", "amd64", 1)), "0a11"),
		image(retired(v("b", "arm64", 9)), "5a5e"), image(v("b", "arm64", 3), "5a5e"), image(v("b", "arm64", 4), "5a5e"), image(v("c", "arm64", 4), "5a5e"),
	}
	tests := map[string]struct{ digits, want string }{
		"a whole fingerprint":                            {"abc1", "a 2 abc1 ms"},
		"the form with the tarball":                      {"abd2", "a 2 abd2 mt"},
		"the first digits":                               {"abc", "a 2 abc1 ms"},
		"digits of two images":                           {"ab", ""},
		"an unknown one":                                 {"ff", ""},
		"a retired version":                              {"0a", "a 1 0a11 ms"},
		"the offered and newest of versions that are it": {"5a5e", "b 4 5a5e ms"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for range 2 {
				got := ""
				if v, i, ok := catalog.New(versions).Fingerprinted(test.digits); ok {
					got = fmt.Sprintf("%s %s %s %s%s", v.Name, v.Serial[14:], i.Fingerprint, i.Files[0].Name, i.Files[1].Name)
				}
				if got != test.want {
					t.Errorf("%s is %q, want %q", test.digits, got, test.want)
				}
				slices.Reverse(versions)
			}
		})
	}
}

func TestNamed(t *testing.T) {
	c := catalog.New([]store.Version{v("a", "amd64", 1, "x"), v("a", "arm64", 1), v("b", "arm64", 1, "x", "tool/i386")})
	for alias, want := range map[string]string{"x": "a/amd64 b/arm64", "a": "a/amd64 a/arm64", "a/amd64": "", "tool/i386": "b/arm64", "none": ""} {
		var got []string
		for _, p := range c.Named(alias) {
			got = append(got, p.Name+"/"+p.Architecture)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", alias, got, want)
		}
	}
}

func TestLabels(t *testing.T) {
	bare := catalog.LabelsOf(v("web", "amd64", 1))
	if want := (catalog.Labels{OS: "web", Release: "latest", Variant: "default", Version: "latest"}); bare != want {
		t.Errorf("labels of nothing are %v", bare)
	}
	said := v("web", "amd64", 1)
	said.Release, said.Properties = "1.27", map[string]string{"os": "Debian", "variant": "cloud", "version": "12.4"}
	if got, want := catalog.LabelsOf(said), (catalog.Labels{OS: "Debian", Release: "1.27", Variant: "cloud", Version: "12.4"}); got != want {
		t.Errorf("labels are %v, want %v", got, want)
	}
}
