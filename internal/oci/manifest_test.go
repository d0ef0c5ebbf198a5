package oci_test

import (
	"strings"
	"testing"

	"lxdocker/internal/failure"
	"lxdocker/internal/mediatype"
	"lxdocker/internal/oci"
	"lxdocker/internal/oci/ocitest"
)

// TestT13WhatIsNoImage checks that everything else registries hold is refused
// by a sentence that names its type.
func TestT13WhatIsNoImage(t *testing.T) {
	const empty = "application/vnd.oci.empty.v1+json"
	config := func(mediaType string) map[string]any {
		return map[string]any{"mediaType": mediaType, "digest": ocitest.SomeDigest, "size": 2}
	}
	layer := func(mediaType string) []any {
		return []any{map[string]any{"mediaType": mediaType, "digest": ocitest.SomeDigest, "size": 10}}
	}
	for name, c := range map[string]struct {
		manifest map[string]any
		says     []string
	}{
		"a Helm chart": {
			map[string]any{"config": config("application/vnd.cncf.helm.config.v1+json"), "layers": layer("application/vnd.cncf.helm.chart.content.v1.tar+gzip")},
			[]string{"application/vnd.cncf.helm.config.v1+json", "a Helm chart"},
		},
		"an artifact with the empty config": {
			map[string]any{"config": config(empty), "layers": layer("text/plain")},
			[]string{empty},
		},
		"an artifact that names its type": {
			map[string]any{"artifactType": "application/spdx+json", "config": config(empty)},
			[]string{"application/spdx+json", "a bill of materials"},
		},
		"an attestation": {
			map[string]any{"config": config(mediatype.OCIConfig), "layers": layer("application/vnd.in-toto+json")},
			[]string{"layer 1 of 1", "application/vnd.in-toto+json", "an attestation"},
		},
		"a cosign signature": {
			map[string]any{"config": config(mediatype.OCIConfig), "layers": layer("application/vnd.dev.cosign.simplesigning.v1+json")},
			[]string{"application/vnd.dev.cosign.simplesigning.v1+json", "a cosign signature"},
		},
		"a Docker plugin": {
			map[string]any{"config": config("application/vnd.docker.plugin.v1+json")},
			[]string{"a Docker plugin"},
		},
		"a config nobody knows": {
			map[string]any{"config": config("application/x-thing+json")},
			[]string{"application/x-thing+json"},
		},
		"an OCI manifest whose config is just bytes": {
			map[string]any{"config": config("application/octet-stream")},
			[]string{"application/octet-stream"},
		},
		"Docker's schema 1": {
			map[string]any{"schemaVersion": 1, "mediaType": "application/vnd.docker.distribution.manifest.v1+prettyjws", "fsLayers": []any{}, "config": nil, "layers": nil},
			[]string{"schema 1", "push it again"},
		},
		"Docker's schema 1 that does not say so": {
			map[string]any{"schemaVersion": 1, "mediaType": nil, "name": "x", "fsLayers": []any{}, "config": nil, "layers": nil},
			[]string{"schema 1"},
		},
		"a manifest of another type": {
			map[string]any{"mediaType": "application/vnd.oci.artifact.manifest.v1+json"},
			[]string{"application/vnd.oci.artifact.manifest.v1+json"},
		},
		"an encrypted layer": {
			map[string]any{"layers": layer("application/vnd.oci.image.layer.v1.tar+gzip+encrypted")},
			[]string{"encrypted"},
		},
		"a layer of just bytes": {
			map[string]any{"layers": layer("application/octet-stream")},
			[]string{"layer 1 of 1", "holds no file system"},
		},
		"a type made to confuse a terminal": {
			map[string]any{"config": config("\x1b[31mred\nline")},
			[]string{"[31mred line"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := oci.ParseDocument(ocitest.Recipe{Manifest: c.manifest}.Bake(t).Manifest)
			ocitest.MustSay(t, err, c.says...)
			if failure.KindOf(err) != failure.Unsupported {
				t.Errorf("is of another kind: %v", err)
			}
			if strings.ContainsAny(err.Error(), "\x1b\n") {
				t.Errorf("%q", err)
			}
		})
	}
}

func TestManifestsThatAreMalformed(t *testing.T) {
	layer := func(d map[string]any) map[string]any { return map[string]any{"layers": []any{d}} }
	for name, c := range map[string]struct {
		manifest map[string]any
		says     string
	}{
		"index and manifest at once":   {map[string]any{"manifests": []any{}}, "index and manifest at once"},
		"index with layers":            {map[string]any{"mediaType": nil, "manifests": []any{}, "config": nil}, "index and manifest at once"},
		"index with a config":          {map[string]any{"manifests": []any{}, "layers": nil}, "index and manifest at once"},
		"index with no layers":         {map[string]any{"mediaType": nil, "manifests": []any{}, "config": nil, "layers": []any{}}, "index and manifest at once"},
		"neither":                      {map[string]any{"config": nil, "layers": nil}, "neither a config nor a list"},
		"a list that says manifest":    {map[string]any{"config": nil, "layers": nil, "manifests": []any{}}, "lists manifests, but calls itself"},
		"config without digest":        {map[string]any{"config": map[string]any{"mediaType": mediatype.OCIConfig, "size": 2}}, `"" is no sha256 digest`},
		"config without size":          {map[string]any{"config": map[string]any{"mediaType": mediatype.OCIConfig, "digest": ocitest.SomeDigest}}, "no size"},
		"config too large":             {map[string]any{"config": map[string]any{"mediaType": mediatype.OCIConfig, "digest": ocitest.SomeDigest, "size": oci.MaxConfig + 1}}, "not read"},
		"layer with a path for digest": {layer(map[string]any{"mediaType": mediatype.Tar, "digest": "sha256:../../../../etc/passwd", "size": 1}), "no sha256 digest"},
		"layer with sha512":            {layer(map[string]any{"mediaType": mediatype.Tar, "digest": "sha512:" + strings.Repeat("0", 128), "size": 1}), "no sha256 digest"},
		"layer of negative size":       {layer(map[string]any{"mediaType": mediatype.Tar, "digest": ocitest.SomeDigest, "size": -1}), "has the size -1"},
		"text for a number":            {layer(map[string]any{"mediaType": mediatype.Tar, "digest": ocitest.SomeDigest, "size": "1"}), "not the JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := oci.ParseDocument(ocitest.Recipe{Manifest: c.manifest}.Bake(t).Manifest)
			ocitest.MustSay(t, err, c.says)
		})
	}
}

func TestLayersOfAllKindsAreTaken(t *testing.T) {
	for _, mediaType := range []string{
		mediatype.Tar,
		mediatype.TarGzip + "; charset=utf-8",
		strings.ToUpper(mediatype.TarZstd),
		"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
		"application/vnd.docker.image.rootfs.diff.tar.zstd",
		"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
		"application/vnd.oci.image.layer.v1.tar+xz", // a hint only: its bytes decide
		"",
	} {
		for _, docker := range []bool{true, false} { // mixed manifests exist
			raw := ocitest.Recipe{Docker: docker, Manifest: map[string]any{"layers": []any{
				map[string]any{"mediaType": mediaType, "digest": ocitest.SomeDigest, "size": 1, "urls": []string{"http://169.254.169.254/"}},
			}}}.Bake(t).Manifest
			if _, err := oci.ParseDocument(raw); err != nil {
				t.Errorf("%s: %v", mediaType, err)
			}
		}
	}
}

func TestTheSpellingOfTypesDoesNotMatter(t *testing.T) {
	for _, spell := range []func(string) string{
		strings.ToUpper,
		func(mediaType string) string { return mediaType + "; charset=utf-8" },
	} {
		manifest := ocitest.Recipe{Manifest: map[string]any{
			"mediaType": spell(mediatype.OCIManifest),
			"config":    map[string]any{"mediaType": spell(mediatype.OCIConfig), "digest": ocitest.SomeDigest, "size": 2},
		}}.Bake(t).Manifest
		if doc, err := oci.ParseDocument(manifest); err != nil || doc.Manifest == nil {
			t.Errorf("a manifest: %v", err)
		}
		index := ocitest.JSON(t, map[string]any{"schemaVersion": 2, "mediaType": spell(mediatype.OCIIndex), "manifests": []any{}})
		if doc, err := oci.ParseDocument(index); err != nil || doc.Manifest != nil {
			t.Errorf("an index: %v", err)
		}
		old := ocitest.JSON(t, map[string]any{"mediaType": spell("application/vnd.docker.distribution.manifest.v1+json")})
		_, err := oci.ParseDocument(old)
		ocitest.MustSay(t, err, "schema 1")
	}
}

func TestNondistributableLayersAreTakenFromRegistriesThatHaveThem(t *testing.T) {
	b := ocitest.Recipe{}.Bake(t)
	d := map[string]any{
		"mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "digest": oci.DigestOf(b.Layers[0]), "size": len(b.Layers[0]),
		"urls": []string{"http://169.254.169.254/"},
	}
	b = ocitest.Recipe{Manifest: map[string]any{"layers": []any{d}}}.Bake(t)
	for repo, says := range map[string]string{"has": "", "lacks": "non-distributable layer: registries need not hold it, and it is not fetched from elsewhere"} {
		m := &ocitest.Memory{}
		m.Add(mediatype.OCIConfig, b.Config)
		top := m.Add(mediatype.OCIManifest, b.Manifest)
		if says == "" {
			m.Add(mediatype.TarGzip, b.Layers[0])
		}
		img, err := find(t, m, top, ocitest.AMD64)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ocitest.Read(t, img, img.Layers[0])
		if says == "" {
			if err != nil || oci.DigestOf(got) != img.Layers[0].Digest {
				t.Errorf("%s: %d bytes, %v", repo, len(got), err)
			}
			continue
		}
		ocitest.MustSay(t, err, says)
		if failure.KindOf(err) != failure.Unsupported {
			t.Errorf("%s: %v", repo, failure.KindOf(err))
		}
	}
}

func TestOldDockerConfigsAreTaken(t *testing.T) {
	raw := ocitest.Recipe{Docker: true, Manifest: map[string]any{
		"config": map[string]any{"mediaType": "application/octet-stream", "digest": ocitest.SomeDigest, "size": 2},
	}}.Bake(t).Manifest
	if _, err := oci.ParseDocument(raw); err != nil {
		t.Error(err)
	}
	c, err := oci.ParseConfig([]byte(`{"config":{"Cmd":"/bin/sh","Entrypoint":null,"Volumes":null},"created":"yesterday"}`))
	if err != nil || len(c.Config.Cmd) != 1 || c.Config.Cmd[0] != "/bin/sh" || c.Config.Entrypoint != nil || !c.Created.IsZero() {
		t.Errorf("%+v %v", c, err)
	}
}

func TestDiffIDsMustMatchLayers(t *testing.T) {
	for name, ids := range map[string][]string{"too few": {}, "too many": {ocitest.SomeDigest, ocitest.SomeDigest}} {
		t.Run(name, func(t *testing.T) {
			m := &ocitest.Memory{}
			top := m.Push(ocitest.Recipe{Config: map[string]any{"rootfs": map[string]any{"diff_ids": ids}}}.Bake(t))
			_, err := find(t, m, top, ocitest.AMD64)
			ocitest.MustSay(t, err, "layers, but manifest")
		})
	}
	_, err := oci.ParseConfig([]byte(`{"rootfs":{"diff_ids":["sha256:x"]}}`))
	ocitest.MustSay(t, err, "no sha256 digest")
}

func TestAnIndexOfOtherThings(t *testing.T) {
	m := &ocitest.Memory{}
	for name, s := range map[string]struct {
		entries []map[string]any
		says    string
	}{
		"nothing at all": {nil, "lists no image for Linux"},
		"only attestations": {[]map[string]any{
			{"mediaType": mediatype.OCIManifest, "digest": ocitest.SomeDigest, "size": 3, "platform": map[string]any{"os": "unknown", "architecture": "unknown"}},
			{"mediaType": mediatype.OCIManifest, "digest": ocitest.SomeDigest, "size": 3, "annotations": map[string]any{"vnd.docker.reference.type": "attestation-manifest"}},
		}, "lists no image for Linux"},
		"a Helm chart": {[]map[string]any{ocitest.Entry(m.Push(ocitest.Recipe{Manifest: map[string]any{
			"config": map[string]any{"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": ocitest.SomeDigest, "size": 2},
		}}.Bake(t)), oci.Platform{}, nil)}, "a Helm chart"},
		"a manifest too large":    {[]map[string]any{{"mediaType": mediatype.OCIManifest, "digest": ocitest.SomeDigest, "size": oci.MaxManifest + 1}}, "not read"},
		"a digest that is a path": {[]map[string]any{{"mediaType": mediatype.OCIManifest, "digest": "sha256:../../x", "size": 1}}, "no sha256 digest"},
		"a size that is wrong":    {[]map[string]any{ocitest.Merge(ocitest.Entry(m.Push(ocitest.Recipe{}.Bake(t)), ocitest.AMD64, nil), map[string]any{"size": 7})}, "is said to have 7"},
	} {
		t.Run(name, func(t *testing.T) {
			top := m.Add(mediatype.OCIIndex, ocitest.Index(t, s.entries...))
			_, err := find(t, m, top, ocitest.AMD64)
			ocitest.MustSay(t, err, s.says)
		})
	}
}

func FuzzManifest(f *testing.F) {
	for _, r := range []ocitest.Recipe{{}, {Docker: true}, {Manifest: map[string]any{"schemaVersion": 1}}} {
		f.Add(r.Bake(f).Manifest)
	}
	f.Add(ocitest.Index(f, ocitest.Entry(oci.Descriptor{MediaType: mediatype.OCIManifest, Digest: ocitest.SomeDigest, Size: 3}, oci.Platform{Architecture: "arm", Variant: "v7"}, nil)))
	f.Add([]byte(`{"manifests":[{"platform":{"os":"linux"}}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		doc, err := oci.ParseDocument(raw)
		if err != nil {
			if s := err.Error(); strings.ContainsAny(s, "\x1b\r") {
				t.Fatalf("%q", s)
			}
			return
		}
		for _, e := range doc.Entries {
			oci.Examine(e)
		}
		if doc.Manifest == nil {
			return
		}
		for _, l := range doc.Manifest.Layers {
			if err := mediatype.CheckLayer(l.MediaType); err != nil || !oci.ValidDigest(l.Digest) || l.Size < 0 {
				t.Fatalf("%+v: %v", l, err)
			}
		}
	})
}

func FuzzConfig(f *testing.F) {
	f.Add(ocitest.Recipe{}.Bake(f).Config)
	f.Add([]byte(`{"config":{"Cmd":"x","Volumes":{"/a":1}},"rootfs":{"diff_ids":["` + ocitest.SomeDigest + `"]}}`))
	f.Add([]byte(`{"config":{"Healthcheck":{"Test":["CMD","x"],"Interval":1000000,"Retries":1},"Shell":["/bin/sh","-c"]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := oci.ParseConfig(raw)
		if err != nil {
			return
		}
		for _, id := range c.DiffIDs {
			if !oci.ValidDigest(id) {
				t.Fatalf("%q", id)
			}
		}
		if h := c.Config.Healthcheck; h != nil && (h.Retries < 0 || min(h.Interval, h.Timeout, h.StartPeriod, h.StartInterval) < 0) {
			t.Fatalf("%+v", h)
		}
		c.Fits(ocitest.AMD64)
	})
}
