package oci

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"lxdocker/internal/mediatype"
)

func TestPlatformNamesAreOCIs(t *testing.T) {
	for _, c := range []struct {
		in   Platform
		want string
	}{
		{Platform{"amd64", ""}, "linux/amd64"},
		{Platform{"amd64", "v1"}, "linux/amd64"},
		{Platform{"amd64", "v3"}, "linux/amd64/v3"},
		{Platform{"x86_64", ""}, "linux/amd64"},
		{Platform{"AMD64", ""}, "linux/amd64"},
		{Platform{"arm64", "v8"}, "linux/arm64"},
		{Platform{"arm64", "8"}, "linux/arm64"},
		{Platform{"aarch64", ""}, "linux/arm64"},
		{Platform{"arm64", "v9"}, "linux/arm64/v9"},
		{Platform{"arm", ""}, "linux/arm/v7"},
		{Platform{"arm", "7"}, "linux/arm/v7"},
		{Platform{"arm", "v6"}, "linux/arm/v6"},
		{Platform{"armhf", ""}, "linux/arm/v7"},
		{Platform{"armel", ""}, "linux/arm/v6"},
		{Platform{"i386", ""}, "linux/386"},
		{Platform{"ppc64le", "power9"}, "linux/ppc64le/power9"},
		{Platform{"loongarch64", ""}, "linux/loong64"},
		{Platform{"riscv64", ""}, "linux/riscv64"},
	} {
		if got := c.in.normal().String(); got != c.want {
			t.Errorf("%v: %s, want %s", c.in, got, c.want)
		}
		if again := c.in.normal().normal(); again != c.in.normal() {
			t.Errorf("%v: normal is not stable: %v", c.in, again)
		}
	}
}

// TestT12PlatformChoice checks which entry of an index serves whom.
func TestT12PlatformChoice(t *testing.T) {
	for _, c := range []struct {
		want Platform
		have string // in the order of the index
		get  string // "" for none
	}{
		{Platform{"amd64", ""}, "arm64 386 amd64", "amd64"},
		{Platform{"amd64", ""}, "amd64/v3 amd64/v2 amd64", "amd64"},
		{Platform{"amd64", ""}, "amd64/v2 amd64/v1", "amd64/v1"},
		{Platform{"amd64", ""}, "amd64/v3 amd64/v2", "amd64/v2"}, // with a warning
		{Platform{"amd64", "v1"}, "amd64/v2", ""},
		{Platform{"amd64", "v3"}, "amd64 amd64/v2 amd64/v4", "amd64/v2"},
		{Platform{"amd64", ""}, "386", ""},
		{Platform{"386", ""}, "amd64 386", "386"},
		{Platform{"arm", "v7"}, "arm/v5 arm/v6 arm/v7 arm64/v8", "arm/v7"},
		{Platform{"arm", "v7"}, "arm/v5 arm/v6 arm64", "arm/v6"},
		{Platform{"arm", "v7"}, "arm/v5", "arm/v5"},
		{Platform{"arm", "v6"}, "arm/v7 arm/v5", "arm/v5"},
		{Platform{"arm", "v6"}, "arm/v7", ""},
		{Platform{"arm", "v6"}, "arm", ""}, // arm without variant is v7
		{Platform{"arm", "v5"}, "arm/v6 arm/v5", "arm/v5"},
		{Platform{"arm", "v7"}, "arm/v8", ""},
		{Platform{"arm", ""}, "arm/v6 arm/v7", "arm/v7"},
		{Platform{"arm", "v7"}, "arm", "arm"},
		{Platform{"arm64", ""}, "arm/v7 arm64/v8", "arm64/v8"},
		{Platform{"arm64", "v8"}, "arm64", "arm64"},
		{Platform{"arm64", ""}, "arm64/v9 arm64", "arm64"},
		{Platform{"arm64", ""}, "arm/v7", ""},
		{Platform{"riscv64", ""}, "riscv64/rva22u64", "riscv64/rva22u64"},
		{Platform{"riscv64", "rva22u64"}, "riscv64", "riscv64"},
		{Platform{"riscv64", "rva20u64"}, "riscv64/rva22u64", ""},
		{Platform{"s390x", ""}, "ppc64le s390x", "s390x"},
		{Platform{"amd64", ""}, "x86_64", "x86_64"},
		{Platform{"amd64", ""}, "amd64 amd64", "amd64"},
	} {
		parse := func(s string) Platform {
			arch, variant, _ := strings.Cut(s, "/")
			return Platform{arch, variant}
		}
		got := ""
		if best := nearest(c.want, strings.Fields(c.have), parse); len(best) > 0 {
			got = best[0]
		}
		if got != c.get {
			t.Errorf("%v of %q: got %q, want %q", c.want, c.have, got, c.get)
		}
	}
}

// TestT11IndexEntriesThatAreNotOurs resolves an index as nginx's and caddy's:
// the first entry is for Windows, attestations follow each image.
func TestT11IndexEntriesThatAreNotOurs(t *testing.T) {
	l := newLab(t)
	var entries []map[string]any
	windows := l.push(t, "x", "", recipe{os: "windows"}.bake(t))
	e := entry(windows, amd64, nil)
	e["platform"] = map[string]any{"os": "windows", "architecture": "amd64", "os.version": "10.0.26100.1"}
	entries = append(entries, e)
	digests := map[Platform]string{}
	for _, p := range []Platform{{"arm", "v5"}, {"arm", "v7"}, {"amd64", ""}, {"arm64", "v8"}, {"386", ""}} {
		d := l.push(t, "x", "", recipe{platform: p}.bake(t))
		digests[p] = d.Digest
		attestation := entry(l.push(t, "x", "", attestationOf(t, d.Digest)), Platform{}, map[string]any{
			"platform":    map[string]any{"os": "unknown", "architecture": "unknown"},
			"annotations": map[string]any{"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": d.Digest},
		})
		entries = append(entries, attestation, entry(d, p, nil))
	}
	l.putManifest(t, "x", "latest", mediatype.OCIIndex, indexOf(t, entries...))
	c := newTestClient(t)
	for want, from := range map[Platform]Platform{
		{"amd64", ""}:   {"amd64", ""},
		{"arm64", ""}:   {"arm64", "v8"},
		{"arm", "v7"}:   {"arm", "v7"},
		{"arm", "v6"}:   {"arm", "v5"},
		{"386", ""}:     {"386", ""},
		{"arm64", "v8"}: {"arm64", "v8"},
	} {
		img, err := c.Resolve(t.Context(), l.ref(t, "x"), want)
		if err != nil {
			t.Errorf("%v: %v", want, err)
			continue
		}
		if img.Digest != digests[from] || img.Platform != from.normal() {
			t.Errorf("%v: got the image for %v (%s)", want, img.Platform, img.Digest)
		}
	}
	_, err := c.Resolve(t.Context(), l.ref(t, "x"), Platform{Architecture: "s390x"})
	mustContain(t, err, "no image for linux/s390x", "linux/386", "linux/amd64", "linux/arm/v5", "linux/arm/v7", "linux/arm64", "windows/amd64")
	if strings.Contains(err.Error(), "unknown") {
		t.Errorf("the error lists attestations: %v", err)
	}
}

func attestationOf(t testing.TB, of string) baked {
	b := recipe{}.bake(t)
	b.manifest = jsonOf(t, map[string]any{
		"schemaVersion": 2, "mediaType": mediatype.OCIManifest,
		"config": map[string]any{"mediaType": mediatype.OCIConfig, "digest": digestOf(b.config), "size": len(b.config)},
		"layers": []any{map[string]any{"mediaType": "application/vnd.in-toto+json", "digest": of, "size": 10}},
	})
	return b
}

func TestIndexEntriesWithoutPlatformAreLookedInto(t *testing.T) {
	l := newLab(t)
	helm := entry(l.push(t, "x", "", recipe{manifest: map[string]any{
		"config": map[string]any{"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": someDigest, "size": 2},
	}}.bake(t)), Platform{}, nil)
	var entries []map[string]any
	digests := map[Platform]string{}
	for _, p := range []Platform{{"arm", "v6"}, {"arm64", ""}, {"amd64", ""}, {"arm", "v7"}} {
		d := l.push(t, "x", "", recipe{platform: p}.bake(t))
		digests[p] = d.Digest
		entries = append(entries, entry(d, Platform{}, nil))
	}
	l.putManifest(t, "x", "latest", mediatype.OCIIndex, indexOf(t, append([]map[string]any{helm}, entries...)...))
	c := newTestClient(t)
	for p, digest := range digests {
		img, err := c.Resolve(t.Context(), l.ref(t, "x"), p)
		if err != nil || img.Digest != digest || img.Platform != p.normal() {
			t.Errorf("%v: %v %v", p, img, err)
		}
	}
	_, err := c.Resolve(t.Context(), l.ref(t, "x"), Platform{Architecture: "s390x"})
	mustContain(t, err, "no image for linux/s390x, only for linux/amd64, linux/arm/v6, linux/arm/v7, linux/arm64")

	t.Run("as buildah's single-platform push leaves them", func(t *testing.T) {
		d := l.push(t, "y", "", recipe{}.bake(t))
		l.putManifest(t, "y", "latest", mediatype.OCIIndex, indexOf(t, entry(d, Platform{}, nil)))
		if img, err := c.Resolve(t.Context(), l.ref(t, "y"), amd64); err != nil || img.Digest != d.Digest {
			t.Fatal(img, err)
		}
		l.requests()
		if _, err := c.Resolve(t.Context(), l.ref(t, "y"), amd64); err != nil {
			t.Fatal(err)
		}
		if got := l.requests(); len(got) != 1 {
			t.Errorf("asked again: %v", got)
		}
	})
	t.Run("one that names its platform is preferred, and the others are not fetched", func(t *testing.T) {
		first := l.push(t, "z", "", recipe{}.bake(t))
		named := l.push(t, "z", "", recipe{config: map[string]any{"author": "other"}}.bake(t))
		l.putManifest(t, "z", "latest", mediatype.OCIIndex, indexOf(t, entry(first, Platform{}, nil), entry(named, amd64, nil)))
		l.requests()
		if img, err := c.Resolve(t.Context(), l.ref(t, "z"), amd64); err != nil || img.Digest != named.Digest {
			t.Fatal(img, err)
		}
		if asked := strings.Join(l.requests(), "\n"); strings.Contains(asked, first.Digest) {
			t.Errorf("fetched %s:\n%s", first.Digest, asked)
		}
	})
}

func TestIndexesMayBeNested(t *testing.T) {
	l := newLab(t)
	d := l.push(t, "x", "", recipe{}.bake(t))
	nest := func(levels int, p Platform) {
		inner := l.putManifest(t, "x", "", mediatype.OCIIndex, indexOf(t, entry(d, amd64, nil)))
		for range levels - 1 {
			inner = l.putManifest(t, "x", "", mediatype.OCIIndex, indexOf(t, entry(inner, p, nil)))
		}
		l.putManifest(t, "x", "latest", mediatype.OCIIndex, indexOf(t, entry(inner, p, nil)))
	}
	c := newTestClient(t)
	for _, p := range []Platform{{}, amd64} {
		for levels, ok := range map[int]bool{1: true, 2: true, 3: true, 4: false, 9: false} {
			nest(levels, p)
			img, err := c.Resolve(t.Context(), l.ref(t, "x"), amd64)
			if ok && (err != nil || img.Digest != d.Digest) {
				t.Errorf("%d levels: %v %v", levels, img, err)
			} else if !ok {
				mustContain(t, err, "nested more than")
			}
		}
	}
}

func TestAnIndexCannotMakeUsFetchWithoutEnd(t *testing.T) {
	l := newLab(t)
	var entries []map[string]any
	for i := range 200 {
		d := l.push(t, "x", "", recipe{platform: Platform{Architecture: "s390x"}, config: map[string]any{"author": fmt.Sprint(i)}}.bake(t))
		entries = append(entries, entry(d, Platform{}, nil))
	}
	l.putManifest(t, "x", "latest", mediatype.OCIIndex, indexOf(t, entries...))
	l.requests()
	_, err := newTestClient(t).Resolve(t.Context(), l.ref(t, "x"), amd64)
	mustContain(t, err, "more than 64 manifests")
	if n := len(l.requests()); n > 200 {
		t.Errorf("%d requests", n)
	}
}

func TestASingleImageForAnotherPlatformIsRefused(t *testing.T) {
	l := newLab(t)
	c := newTestClient(t)
	for name, r := range map[string]struct {
		recipe recipe
		want   Platform
		says   string // "" if it fits
	}{
		"other architecture":      {recipe{platform: Platform{Architecture: "arm64"}}, amd64, "no image for linux/amd64, only for linux/arm64"},
		"other system":            {recipe{os: "windows"}, amd64, "only for windows/amd64"},
		"newer arm":               {recipe{platform: Platform{"arm", "v7"}}, Platform{"arm", "v6"}, "no image for linux/arm/v6, only for linux/arm/v7"},
		"older arm":               {recipe{platform: Platform{"arm", "v6"}}, Platform{"arm", "v7"}, ""},
		"arm64 with its variant":  {recipe{platform: Platform{"arm64", "v8"}}, Platform{"arm64", ""}, ""},
		"config without platform": {recipe{config: map[string]any{"architecture": nil, "os": nil}}, amd64, ""},
	} {
		t.Run(name, func(t *testing.T) {
			repo := strings.ReplaceAll(name, " ", "-")
			l.push(t, repo, "latest", r.recipe.bake(t))
			_, err := c.Resolve(context.Background(), l.ref(t, repo), r.want)
			if r.says == "" && err != nil {
				t.Error(err)
			} else if r.says != "" {
				mustContain(t, err, r.says, l.host()+"/"+repo+":latest")
			}
		})
	}
}

// TestTheIndexIsBelieved: images that were put together on another machine
// often name that one in their config.
func TestTheIndexIsBelievedOverTheConfig(t *testing.T) {
	l := newLab(t)
	d := l.push(t, "x", "", recipe{platform: Platform{Architecture: "amd64"}}.bake(t))
	l.putManifest(t, "x", "latest", mediatype.OCIIndex, indexOf(t, entry(d, Platform{"arm64", "v8"}, nil)))
	img, err := newTestClient(t).Resolve(t.Context(), l.ref(t, "x"), Platform{Architecture: "arm64"})
	if err != nil || img.Platform != (Platform{Architecture: "arm64"}) {
		t.Fatal(img, err)
	}
}

var _ http.Handler = (*lab)(nil)
