package mediatype_test

import (
	"strings"
	"testing"

	"lxdocker/internal/failure"
	"lxdocker/internal/mediatype"
)

func TestT13LayersThatCanBeRead(t *testing.T) {
	const oci, docker = "application/vnd.oci.image.layer.", "application/vnd.docker.image.rootfs."
	for mediaType, nondistributable := range map[string]bool{
		"":                                   false,
		oci + "v1.tar":                       false,
		oci + "v1.tar+gzip":                  false,
		oci + "v1.tar+zstd":                  false,
		oci + "v1.tar+xz":                    false, // its bytes may be of something else
		oci + "v1.tar.gzip":                  false,
		docker + "diff.tar":                  false,
		docker + "diff.tar.gzip":             false,
		docker + "diff.tar+gzip":             false,
		docker + "diff.tar.zstd":             false,
		oci + "nondistributable.v1.tar":      true,
		oci + "nondistributable.v1.tar+gzip": true,
		oci + "nondistributable.v1.tar+zstd": true,
		docker + "foreign.diff.tar":          true,
		docker + "foreign.diff.tar.gzip":     true,
		docker + "foreign.diff.tar.zstd":     true,
	} {
		for _, spelling := range []string{mediaType, strings.ToUpper(mediaType), " " + mediaType + " ; charset=utf-8"} {
			if err := mediatype.CheckLayer(spelling); err != nil {
				t.Errorf("%q: %v", spelling, err)
			}
			if got := mediatype.IsNondistributable(spelling); got != nondistributable {
				t.Errorf("%q: nondistributable is %v", spelling, got)
			}
		}
	}
}

func TestT13LayersThatCannotBeRead(t *testing.T) {
	for mediaType, says := range map[string]string{
		"application/vnd.oci.image.layer.v1.tar+gzip+encrypted": "it is encrypted (media type application/vnd.oci.image.layer.v1.tar+gzip+encrypted)",
		"APPLICATION/vnd.oci.image.layer.v1.tar+ENCRYPTED; a=b": "it is encrypted",
		"application/vnd.in-toto+json":                          "it holds no file system (media type application/vnd.in-toto+json, an attestation)",
		"application/vnd.cncf.helm.chart.content.v1.tar+gzip":   "a Helm chart",
		"application/octet-stream":                              "it holds no file system (media type application/octet-stream)",
		"text/\x1b[31mred\n":                                    "media type text/?[31mred)",
	} {
		err := mediatype.CheckLayer(mediaType)
		if err == nil || !strings.Contains(err.Error(), says) || failure.KindOf(err) != failure.Unsupported {
			t.Errorf("%q: %v, want %q", mediaType, err, says)
		}
	}
}

func TestDocuments(t *testing.T) {
	for mediaType, want := range map[string][3]bool{ // index, manifest, schema 1
		mediatype.OCIIndex:       {true, false, false},
		mediatype.DockerList:     {true, false, false},
		mediatype.OCIManifest:    {false, true, false},
		mediatype.DockerManifest: {false, true, false},
		"application/vnd.docker.distribution.manifest.v1+json":      {false, false, true},
		"application/vnd.docker.distribution.manifest.v1+prettyjws": {false, false, true},
		"application/vnd.oci.artifact.manifest.v1+json":             {},
		mediatype.OCIConfig: {},
		"":                  {},
	} {
		for _, spelling := range []string{mediaType, strings.ToUpper(mediaType), mediaType + ";charset=utf-8"} {
			if got := [3]bool{mediatype.IsIndex(spelling), mediatype.IsManifest(spelling), mediatype.IsSchema1(spelling)}; got != want {
				t.Errorf("%q: %v", spelling, got)
			}
		}
		accepted := strings.Contains(mediatype.AcceptManifests(), mediaType) && mediaType != ""
		if accepted != (want[0] || want[1]) {
			t.Errorf("%q: asked for is %v", mediaType, accepted)
		}
	}
}

func TestSniff(t *testing.T) {
	for name, c := range map[string]struct {
		head string
		want mediatype.Compression
	}{
		"gzip":                       {"\x1f\x8b\x08\x00\x00\x00", mediatype.Gzip},
		"zstd":                       {"\x28\xb5\x2f\xfd\x04\x00", mediatype.Zstd},
		"the first skippable frame":  {"\x50\x2a\x4d\x18\x01\x00", mediatype.Zstd},
		"the last skippable frame":   {"\x5f\x2a\x4d\x18\x01\x00", mediatype.Zstd},
		"after the skippable frames": {"\x60\x2a\x4d\x18\x01\x00", mediatype.Uncompressed},
		"bzip2":                      {"BZh91A", mediatype.Bzip2},
		"xz":                         {"\xfd7zXZ\x00", mediatype.XZ},
		"a name":                     {"etc/pa", mediatype.Uncompressed},
		"hardly anything":            {"\x50\x2a", mediatype.Uncompressed},
		"nothing":                    {"", mediatype.Uncompressed},
	} {
		if len(c.head) > mediatype.SniffLen {
			t.Errorf("%s: has %d bytes", name, len(c.head))
		}
		if got := mediatype.Sniff([]byte(c.head)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestEachCompressionThatLayersHaveHasAType(t *testing.T) {
	for _, c := range []mediatype.Compression{mediatype.Uncompressed, mediatype.Gzip, mediatype.Zstd} {
		if err := mediatype.CheckLayer(c.Layer()); err != nil || c.Layer() == "" {
			t.Errorf("%s: %q: %v", c, c.Layer(), err)
		}
	}
	for _, c := range []mediatype.Compression{mediatype.Unknown, mediatype.Bzip2, mediatype.XZ} {
		if c.Layer() != "" {
			t.Errorf("%q has the type %s", c, c.Layer())
		}
	}
}

func TestArtifacts(t *testing.T) {
	for mediaType, want := range map[string]string{
		"application/vnd.cncf.helm.config.v1+json": "a Helm chart",
		"Application/SPDX+json":                    "a bill of materials",
		mediatype.Empty:                            "an artifact that has no config",
		mediatype.OCIConfig:                        "",
		"":                                         "",
	} {
		if got := mediatype.Artifact(mediaType); got != want {
			t.Errorf("%q: %q", mediaType, got)
		}
	}
}
