package oci_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"lxdocker/internal/mediatype"
	"lxdocker/internal/oci"
	"lxdocker/internal/oci/ocitest"
)

// find returns the image below a descriptor.
func find(t testing.TB, m *ocitest.Memory, top oci.Descriptor, want oci.Platform) (*oci.Image, error) {
	t.Helper()
	return oci.Find(t.Context(), m, []oci.Descriptor{{Digest: top.Digest}}, ocitest.Parse(t, "x"), want, slog.New(slog.DiscardHandler))
}

// TestT11IndexEntriesThatAreNotOurs resolves an index as nginx's and caddy's:
// the first entry is for Windows, attestations follow each image.
func TestT11IndexEntriesThatAreNotOurs(t *testing.T) {
	m := &ocitest.Memory{}
	var entries []map[string]any
	windows := m.Push(ocitest.Recipe{OS: "windows"}.Bake(t))
	e := ocitest.Entry(windows, ocitest.AMD64, nil)
	e["platform"] = map[string]any{"os": "windows", "architecture": "amd64", "os.version": "10.0.26100.1"}
	entries = append(entries, e)
	digests := map[oci.Platform]string{}
	for _, p := range []oci.Platform{{"arm", "v5"}, {"arm", "v7"}, {"amd64", ""}, {"arm64", "v8"}, {"386", ""}} {
		d := m.Push(ocitest.Recipe{Platform: p}.Bake(t))
		digests[p] = d.Digest
		attestation := ocitest.Entry(m.Push(attestationOf(t, d.Digest)), oci.Platform{}, map[string]any{
			"platform":    map[string]any{"os": "unknown", "architecture": "unknown"},
			"annotations": map[string]any{"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": d.Digest},
		})
		entries = append(entries, attestation, ocitest.Entry(d, p, nil))
	}
	top := m.Add(mediatype.OCIIndex, ocitest.Index(t, entries...))
	for want, from := range map[oci.Platform]oci.Platform{
		{"amd64", ""}:   {"amd64", ""},
		{"arm64", ""}:   {"arm64", "v8"},
		{"arm", "v7"}:   {"arm", "v7"},
		{"arm", "v6"}:   {"arm", "v5"},
		{"386", ""}:     {"386", ""},
		{"arm64", "v8"}: {"arm64", "v8"},
	} {
		img, err := find(t, m, top, want)
		if err != nil {
			t.Errorf("%v: %v", want, err)
			continue
		}
		if img.Digest != digests[from] || img.Platform != oci.Normal(from) {
			t.Errorf("%v: got the image for %v (%s)", want, img.Platform, img.Digest)
		}
	}
	_, err := find(t, m, top, oci.Platform{Architecture: "s390x"})
	ocitest.MustSay(t, err, "no image for linux/s390x", "linux/386", "linux/amd64", "linux/arm/v5", "linux/arm/v7", "linux/arm64", "windows/amd64")
	if strings.Contains(err.Error(), "unknown") {
		t.Errorf("the error lists attestations: %v", err)
	}
}

func attestationOf(t testing.TB, of string) ocitest.Baked {
	b := ocitest.Recipe{}.Bake(t)
	b.Manifest = ocitest.JSON(t, map[string]any{
		"schemaVersion": 2, "mediaType": mediatype.OCIManifest,
		"config": map[string]any{"mediaType": mediatype.OCIConfig, "digest": oci.DigestOf(b.Config), "size": len(b.Config)},
		"layers": []any{map[string]any{"mediaType": "application/vnd.in-toto+json", "digest": of, "size": 10}},
	})
	return b
}

func TestIndexEntriesWithoutPlatformAreLookedInto(t *testing.T) {
	m := &ocitest.Memory{}
	helm := ocitest.Entry(m.Push(ocitest.Recipe{Manifest: map[string]any{
		"config": map[string]any{"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": ocitest.SomeDigest, "size": 2},
	}}.Bake(t)), oci.Platform{}, nil)
	var entries []map[string]any
	digests := map[oci.Platform]string{}
	for _, p := range []oci.Platform{{"arm", "v6"}, {"arm64", ""}, {"amd64", ""}, {"arm", "v7"}} {
		d := m.Push(ocitest.Recipe{Platform: p}.Bake(t))
		digests[p] = d.Digest
		entries = append(entries, ocitest.Entry(d, oci.Platform{}, nil))
	}
	top := m.Add(mediatype.OCIIndex, ocitest.Index(t, append([]map[string]any{helm}, entries...)...))
	for p, digest := range digests {
		img, err := find(t, m, top, p)
		if err != nil || img.Digest != digest || img.Platform != oci.Normal(p) {
			t.Errorf("%v: %v %v", p, img, err)
		}
	}
	_, err := find(t, m, top, oci.Platform{Architecture: "s390x"})
	ocitest.MustSay(t, err, "no image for linux/s390x, only for linux/amd64, linux/arm/v6, linux/arm/v7, linux/arm64")

	t.Run("as buildah's single-platform push leaves them", func(t *testing.T) {
		d := m.Push(ocitest.Recipe{}.Bake(t))
		top := m.Add(mediatype.OCIIndex, ocitest.Index(t, ocitest.Entry(d, oci.Platform{}, nil)))
		if img, err := find(t, m, top, ocitest.AMD64); err != nil || img.Digest != d.Digest {
			t.Fatal(img, err)
		}
	})
	t.Run("one that names its platform is preferred, and the others are not fetched", func(t *testing.T) {
		first := m.Push(ocitest.Recipe{}.Bake(t))
		named := m.Push(ocitest.Recipe{Config: map[string]any{"author": "other"}}.Bake(t))
		top := m.Add(mediatype.OCIIndex, ocitest.Index(t, ocitest.Entry(first, oci.Platform{}, nil), ocitest.Entry(named, ocitest.AMD64, nil)))
		m.Asked = nil
		if img, err := find(t, m, top, ocitest.AMD64); err != nil || img.Digest != named.Digest {
			t.Fatal(img, err)
		}
		if asked := strings.Join(m.Asked, "\n"); strings.Contains(asked, first.Digest) {
			t.Errorf("fetched %s:\n%s", first.Digest, asked)
		}
	})
}

func TestIndexesMayBeNested(t *testing.T) {
	m := &ocitest.Memory{}
	d := m.Push(ocitest.Recipe{}.Bake(t))
	nest := func(levels int, p oci.Platform) oci.Descriptor {
		inner := m.Add(mediatype.OCIIndex, ocitest.Index(t, ocitest.Entry(d, ocitest.AMD64, nil)))
		for range levels - 1 {
			inner = m.Add(mediatype.OCIIndex, ocitest.Index(t, ocitest.Entry(inner, p, nil)))
		}
		return m.Add(mediatype.OCIIndex, ocitest.Index(t, ocitest.Entry(inner, p, nil)))
	}
	for _, p := range []oci.Platform{{}, ocitest.AMD64} {
		for levels, ok := range map[int]bool{1: true, 2: true, 3: true, 4: false, 9: false} {
			img, err := find(t, m, nest(levels, p), ocitest.AMD64)
			if ok && (err != nil || img.Digest != d.Digest) {
				t.Errorf("%d levels: %v %v", levels, img, err)
			} else if !ok {
				ocitest.MustSay(t, err, "nested more than")
			}
		}
	}
}

func TestAnIndexCannotMakeUsFetchWithoutEnd(t *testing.T) {
	m := &ocitest.Memory{}
	var entries []map[string]any
	for i := range 200 {
		d := m.Push(ocitest.Recipe{Platform: oci.Platform{Architecture: "s390x"}, Config: map[string]any{"author": fmt.Sprint(i)}}.Bake(t))
		entries = append(entries, ocitest.Entry(d, oci.Platform{}, nil))
	}
	top := m.Add(mediatype.OCIIndex, ocitest.Index(t, entries...))
	m.Asked = nil
	_, err := find(t, m, top, ocitest.AMD64)
	ocitest.MustSay(t, err, "more than 64 manifests")
	if n := len(m.Asked); n > 200 {
		t.Errorf("%d requests", n)
	}
}

func TestASingleImageForAnotherPlatformIsRefused(t *testing.T) {
	m := &ocitest.Memory{}
	for name, r := range map[string]struct {
		recipe ocitest.Recipe
		want   oci.Platform
		says   string // "" if it fits
	}{
		"other architecture":      {ocitest.Recipe{Platform: oci.Platform{Architecture: "arm64"}}, ocitest.AMD64, "no image for linux/amd64, only for linux/arm64"},
		"other system":            {ocitest.Recipe{OS: "windows"}, ocitest.AMD64, "only for windows/amd64"},
		"newer arm":               {ocitest.Recipe{Platform: oci.Platform{Architecture: "arm", Variant: "v7"}}, oci.Platform{Architecture: "arm", Variant: "v6"}, "no image for linux/arm/v6, only for linux/arm/v7"},
		"older arm":               {ocitest.Recipe{Platform: oci.Platform{Architecture: "arm", Variant: "v6"}}, oci.Platform{Architecture: "arm", Variant: "v7"}, ""},
		"arm64 with its variant":  {ocitest.Recipe{Platform: oci.Platform{Architecture: "arm64", Variant: "v8"}}, oci.Platform{Architecture: "arm64", Variant: ""}, ""},
		"config without platform": {ocitest.Recipe{Config: map[string]any{"architecture": nil, "os": nil}}, ocitest.AMD64, ""},
	} {
		t.Run(name, func(t *testing.T) {
			top := m.Push(r.recipe.Bake(t))
			_, err := find(t, m, top, r.want)
			if r.says == "" && err != nil {
				t.Error(err)
			} else if r.says != "" {
				ocitest.MustSay(t, err, r.says)
			}
		})
	}
}

// TestTheIndexIsBelieved: images that were put together on another machine
// often name that one in their config.
func TestTheIndexIsBelievedOverTheConfig(t *testing.T) {
	m := &ocitest.Memory{}
	d := m.Push(ocitest.Recipe{Platform: oci.Platform{Architecture: "amd64"}}.Bake(t))
	top := m.Add(mediatype.OCIIndex, ocitest.Index(t, ocitest.Entry(d, oci.Platform{Architecture: "arm64", Variant: "v8"}, nil)))
	img, err := find(t, m, top, oci.Platform{Architecture: "arm64"})
	if err != nil || img.Platform != (oci.Platform{Architecture: "arm64"}) {
		t.Fatal(img, err)
	}
}
