package catalog_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"lxdocker/internal/catalog"
	"lxdocker/internal/image"
)

// withFingerprints gives a version its fingerprints: of the squashfs and of the tarball.
func withFingerprints(v image.Version, fingerprints ...string) image.Version {
	v.Fingerprint = fingerprints[0]
	v.Files = []image.File{{Kind: image.Metadata, Name: "m"}, {Kind: image.Squashfs, Name: "s"}}
	if len(fingerprints) > 1 {
		v.TarballFingerprint = fingerprints[1]
		v.Files = append(v.Files, image.File{Kind: image.Tarball, Name: "t"})
	}
	return v
}

// long puts before digits as many as it takes to find something by them, which are
// the same for all images.
func long(digits string) string { return strings.Repeat("7", catalog.FewestDigits) + digits }

func TestFingerprinted(t *testing.T) {
	versions := []image.Version{
		withFingerprints(v("a", "amd64", 2), "abc1", "abd2"), withFingerprints(retired(v("a", "amd64", 1)), "0a11"),
		withFingerprints(retired(v("b", "arm64", 9)), "5a5e"), withFingerprints(v("b", "arm64", 3), "5a5e"), withFingerprints(v("b", "arm64", 4), "5a5e"), withFingerprints(v("c", "arm64", 4), "5a5e"),
	}
	for i := range versions {
		v := &versions[i]
		v.Fingerprint = long(v.Fingerprint)
		if v.TarballFingerprint != "" {
			v.TarballFingerprint = long(v.TarballFingerprint)
		}
	}
	tests := map[string]struct{ digits, want string }{
		"a whole fingerprint":                 {"abc1", "a 2 abc1 ms"},
		"the form with the tarball":           {"abd2", "a 2 abd2 mt"},
		"the first digits":                    {"abc", "a 2 abc1 ms"},
		"digits of two images":                {"ab", ""},
		"no digits, which all have in common": {"", ""},
		"digits of no image":                  {"ff", ""},
		"a retired version":                   {"0a", "a 1 0a11 ms"},
		"the newest offered version of several with one fingerprint": {"5a5e", "b 4 5a5e ms"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for range 2 {
				got := ""
				if v, i, ok := of(versions...).Fingerprinted(long(test.digits)); ok {
					got = fmt.Sprintf("%s %s %s %s%s", v.Name, v.Serial[14:], i.Fingerprint[len(long("")):], i.Files[0].Name, i.Files[1].Name)
				}
				if got != test.want {
					t.Errorf("%s is %q, want %q", test.digits, got, test.want)
				}
				slices.Reverse(versions)
			}
		})
	}
}

func TestFewDigitsAreNoFingerprint(t *testing.T) {
	c := of(withFingerprints(v("a", "amd64", 1), long("a")))
	if _, _, ok := c.Fingerprinted(long("a")[:catalog.FewestDigits-1]); ok {
		t.Error("it was found")
	}
	if _, _, ok := c.Fingerprinted(long("")); !ok {
		t.Error("one more digit, and it was not found")
	}
}

func TestNamed(t *testing.T) {
	c := of(v("a", "amd64", 1, "x"), v("a", "arm64", 1), v("b", "arm64", 1, "x", "tool/x"))
	for alias, want := range map[string]string{"x": "a/amd64 b/arm64", "a": "a/amd64 a/arm64", "a/amd64": "", "tool/x": "b/arm64", "none": ""} {
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
	bare := v("web", "amd64", 1).Labels()
	if want := (image.Labels{OS: "web", Release: "latest", Variant: "default", Version: "latest"}); bare != want {
		t.Errorf("labels of nothing are %v", bare)
	}
	said := v("web", "amd64", 1)
	said.Release, said.Properties = "1.27", map[string]string{"os": "Debian", "variant": "cloud", "version": "12.4"}
	if got, want := said.Labels(), (image.Labels{OS: "Debian", Release: "1.27", Variant: "cloud", Version: "12.4"}); got != want {
		t.Errorf("labels are %v, want %v", got, want)
	}
}
