package oci

import (
	"net/http"
	"strings"
	"testing"

	"lxdocker/internal/failure"
	"lxdocker/internal/mediatype"
)

// TestT13WhatIsNoImage checks that everything else registries hold is refused
// by a sentence that names its type.
func TestT13WhatIsNoImage(t *testing.T) {
	const empty = "application/vnd.oci.empty.v1+json"
	config := func(mediaType string) map[string]any {
		return map[string]any{"mediaType": mediaType, "digest": someDigest, "size": 2}
	}
	layer := func(mediaType string) []any {
		return []any{map[string]any{"mediaType": mediaType, "digest": someDigest, "size": 10}}
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
		"an xz layer": {
			map[string]any{"layers": layer("application/vnd.oci.image.layer.v1.tar+xz")},
			[]string{"application/vnd.oci.image.layer.v1.tar+xz"},
		},
		"a layer without a type": {
			map[string]any{"layers": layer("")},
			[]string{"layer 1 of 1", "holds no file system"},
		},
		"a type made to confuse a terminal": {
			map[string]any{"config": config("\x1b[31mred\nline")},
			[]string{"[31mred line"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseDocument(recipe{manifest: c.manifest}.bake(t).manifest)
			mustContain(t, err, c.says...)
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
		"config without size":          {map[string]any{"config": map[string]any{"mediaType": mediatype.OCIConfig, "digest": someDigest}}, "no size"},
		"config too large":             {map[string]any{"config": map[string]any{"mediaType": mediatype.OCIConfig, "digest": someDigest, "size": maxConfig + 1}}, "not read"},
		"layer with a path for digest": {layer(map[string]any{"mediaType": mediatype.Tar, "digest": "sha256:../../../../etc/passwd", "size": 1}), "no sha256 digest"},
		"layer with sha512":            {layer(map[string]any{"mediaType": mediatype.Tar, "digest": "sha512:" + strings.Repeat("0", 128), "size": 1}), "no sha256 digest"},
		"layer of negative size":       {layer(map[string]any{"mediaType": mediatype.Tar, "digest": someDigest, "size": -1}), "has the size -1"},
		"text for a number":            {layer(map[string]any{"mediaType": mediatype.Tar, "digest": someDigest, "size": "1"}), "not the JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseDocument(recipe{manifest: c.manifest}.bake(t).manifest)
			mustContain(t, err, c.says)
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
	} {
		for _, docker := range []bool{true, false} { // mixed manifests exist
			raw := recipe{docker: docker, manifest: map[string]any{"layers": []any{
				map[string]any{"mediaType": mediaType, "digest": someDigest, "size": 1, "urls": []string{"http://169.254.169.254/"}},
			}}}.bake(t).manifest
			if _, err := parseDocument(raw); err != nil {
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
		manifest := recipe{manifest: map[string]any{
			"mediaType": spell(mediatype.OCIManifest),
			"config":    map[string]any{"mediaType": spell(mediatype.OCIConfig), "digest": someDigest, "size": 2},
		}}.bake(t).manifest
		if doc, err := parseDocument(manifest); err != nil || doc.manifest == nil {
			t.Errorf("a manifest: %v", err)
		}
		index := jsonOf(t, map[string]any{"schemaVersion": 2, "mediaType": spell(mediatype.OCIIndex), "manifests": []any{}})
		if doc, err := parseDocument(index); err != nil || doc.manifest != nil {
			t.Errorf("an index: %v", err)
		}
		old := jsonOf(t, map[string]any{"mediaType": spell("application/vnd.docker.distribution.manifest.v1+json")})
		_, err := parseDocument(old)
		mustContain(t, err, "schema 1")
	}
}

func TestNondistributableLayersAreTakenFromRegistriesThatHaveThem(t *testing.T) {
	l := newLab(t)
	b := recipe{}.bake(t)
	d := map[string]any{
		"mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "digest": digestOf(b.layers[0]), "size": len(b.layers[0]),
		"urls": []string{"http://169.254.169.254/"},
	}
	b = recipe{manifest: map[string]any{"layers": []any{d}}}.bake(t)
	l.push(t, "has", "latest", b)
	l.putBlob(t, "lacks", mediatype.OCIConfig, b.config)
	l.putManifest(t, "lacks", "latest", mediatype.OCIManifest, b.manifest)
	l.inject(at(http.MethodGet, "/lacks/blobs/"+digestOf(b.layers[0]), status(404, "")))
	for repo, says := range map[string]string{"has": "", "lacks": "non-distributable layer: registries need not hold it, and it is not fetched from elsewhere"} {
		img, err := newTestClient(t).Resolve(t.Context(), l.ref(t, repo), amd64)
		if err != nil {
			t.Fatal(err)
		}
		got, err := readLayer(t, img, img.Layers[0])
		if says == "" {
			if err != nil || digestOf(got) != img.Layers[0].Digest {
				t.Errorf("%s: %d bytes, %v", repo, len(got), err)
			}
			continue
		}
		mustContain(t, err, says)
		if failure.KindOf(err) != failure.Unsupported {
			t.Errorf("%s: %v", repo, failure.KindOf(err))
		}
	}
}

func TestOldDockerConfigsAreTaken(t *testing.T) {
	raw := recipe{docker: true, manifest: map[string]any{
		"config": map[string]any{"mediaType": "application/octet-stream", "digest": someDigest, "size": 2},
	}}.bake(t).manifest
	if _, err := parseDocument(raw); err != nil {
		t.Error(err)
	}
	c, err := parseConfig([]byte(`{"config":{"Cmd":"/bin/sh","Entrypoint":null,"Volumes":null},"created":"yesterday"}`))
	if err != nil || len(c.config.Cmd) != 1 || c.config.Cmd[0] != "/bin/sh" || c.config.Entrypoint != nil || !c.created.IsZero() {
		t.Errorf("%+v %v", c, err)
	}
}

func TestDiffIDsMustMatchLayers(t *testing.T) {
	for name, ids := range map[string][]string{"too few": {}, "too many": {someDigest, someDigest}} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.push(t, "x", "latest", recipe{config: map[string]any{"rootfs": map[string]any{"diff_ids": ids}}}.bake(t))
			_, err := newTestClient(t).Resolve(t.Context(), l.ref(t, "x"), amd64)
			mustContain(t, err, "layers, but manifest")
		})
	}
	_, err := parseConfig([]byte(`{"rootfs":{"diff_ids":["sha256:x"]}}`))
	mustContain(t, err, "no sha256 digest")
}

func TestAnIndexOfOtherThings(t *testing.T) {
	l := newLab(t)
	c := newTestClient(t)
	for name, s := range map[string]struct {
		entries []map[string]any
		says    string
	}{
		"nothing at all": {nil, "lists no image for Linux"},
		"only attestations": {[]map[string]any{
			{"mediaType": mediatype.OCIManifest, "digest": someDigest, "size": 3, "platform": map[string]any{"os": "unknown", "architecture": "unknown"}},
			{"mediaType": mediatype.OCIManifest, "digest": someDigest, "size": 3, "annotations": map[string]any{"vnd.docker.reference.type": "attestation-manifest"}},
		}, "lists no image for Linux"},
		"a Helm chart": {[]map[string]any{entry(l.push(t, "x", "", recipe{manifest: map[string]any{
			"config": map[string]any{"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": someDigest, "size": 2},
		}}.bake(t)), Platform{}, nil)}, "a Helm chart"},
		"a manifest too large":    {[]map[string]any{{"mediaType": mediatype.OCIManifest, "digest": someDigest, "size": maxManifest + 1}}, "not read"},
		"a digest that is a path": {[]map[string]any{{"mediaType": mediatype.OCIManifest, "digest": "sha256:../../x", "size": 1}}, "no sha256 digest"},
		"a size that is wrong":    {[]map[string]any{merged(entry(l.push(t, "x", "", recipe{}.bake(t)), amd64, nil), map[string]any{"size": 7})}, "is said to have 7"},
	} {
		t.Run(name, func(t *testing.T) {
			l.putManifest(t, "x", "latest", mediatype.OCIIndex, indexOf(t, s.entries...))
			_, err := c.Resolve(t.Context(), l.ref(t, "x"), amd64)
			mustContain(t, err, s.says)
		})
	}
}

func FuzzManifest(f *testing.F) {
	for _, r := range []recipe{{}, {docker: true}, {manifest: map[string]any{"schemaVersion": 1}}} {
		f.Add(r.bake(f).manifest)
	}
	f.Add(indexOf(f, entry(descriptor{MediaType: mediatype.OCIManifest, Digest: someDigest, Size: 3}, Platform{"arm", "v7"}, nil)))
	f.Add([]byte(`{"manifests":[{"platform":{"os":"linux"}}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		doc, err := parseDocument(raw)
		if err != nil {
			if s := err.Error(); strings.ContainsAny(s, "\x1b\r") {
				t.Fatalf("%q", s)
			}
			return
		}
		for _, e := range doc.entries {
			if p, known, _ := e.platform(); known {
				distance(amd64, p)
			}
			e.check(maxManifest)
		}
		if doc.manifest == nil {
			return
		}
		for _, l := range doc.manifest.layers {
			if _, err := mediatype.OfLayer(l.MediaType); err != nil || !validDigest(l.Digest) || l.Size < 0 {
				t.Fatalf("%+v: %v", l, err)
			}
		}
	})
}

func FuzzConfig(f *testing.F) {
	f.Add(recipe{}.bake(f).config)
	f.Add([]byte(`{"config":{"Cmd":"x","Volumes":{"/a":1}},"rootfs":{"diff_ids":["` + someDigest + `"]}}`))
	f.Add([]byte(`{"config":{"Healthcheck":{"Test":["CMD","x"],"Interval":1000000,"Retries":1},"Shell":["/bin/sh","-c"]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := parseConfig(raw)
		if err != nil {
			return
		}
		for _, id := range c.diffIDs {
			if !validDigest(id) {
				t.Fatalf("%q", id)
			}
		}
		if h := c.config.Healthcheck; h != nil && (h.Retries < 0 || min(h.Interval, h.Timeout, h.StartPeriod, h.StartInterval) < 0) {
			t.Fatalf("%+v", h)
		}
		c.fits(amd64)
	})
}
