package signaturetest

import (
	"strings"
	"testing"

	"lxdocker/internal/mediatype"
	"lxdocker/internal/oci"
	"lxdocker/internal/oci/ocitest"
)

// Media types of what is attached.
const (
	BundleType = "application/vnd.dev.sigstore.bundle.v0.3+json"
	SimpleType = "application/vnd.dev.cosign.simplesigning.v1+json"
)

// Repository is where signatures are put.
type Repository interface {
	Blob(t testing.TB, b []byte)
	// Manifest puts a manifest or index under its digest, or a tag.
	Manifest(t testing.TB, tag, mediaType string, b []byte)
}

func descriptor(mediaType string, b []byte, more map[string]any) map[string]any {
	return ocitest.Merge(map[string]any{"mediaType": mediaType, "digest": oci.DigestOf(b), "size": len(b)}, more)
}

// One is one signature by simple signing.
type One struct {
	Payload []byte
	Sig     string
}

// Tag puts signatures of a digest where simple signing has them.
func Tag(t testing.TB, to Repository, digest string, all ...One) {
	t.Helper()
	config := []byte(`{"architecture":"","os":"","rootfs":{"type":"layers","diff_ids":[]},"config":{}}`)
	to.Blob(t, config)
	layers := []any{}
	for _, one := range all {
		to.Blob(t, one.Payload)
		layers = append(layers, descriptor(SimpleType, one.Payload, map[string]any{
			"annotations": map[string]any{"dev.cosignproject.cosign/signature": one.Sig},
		}))
	}
	manifest := ocitest.JSON(t, map[string]any{
		"schemaVersion": 2, "mediaType": mediatype.OCIManifest,
		"config": descriptor(mediatype.OCIConfig, config, nil), "layers": layers,
	})
	to.Manifest(t, strings.Replace(digest, ":", "-", 1)+".sig", mediatype.OCIManifest, manifest)
}

// Referrer puts a bundle beside a digest, and returns its entry in the list of referrers.
func Referrer(t testing.TB, to Repository, digest string, bundle []byte) map[string]any {
	t.Helper()
	empty := []byte("{}")
	to.Blob(t, empty)
	to.Blob(t, bundle)
	annotations := map[string]any{"dev.sigstore.bundle.content": "dsse-envelope", "dev.sigstore.bundle.predicateType": CosignPredicate}
	manifest := ocitest.JSON(t, map[string]any{
		"schemaVersion": 2, "mediaType": mediatype.OCIManifest, "artifactType": BundleType,
		"config":      descriptor(mediatype.Empty, empty, nil),
		"layers":      []any{descriptor(BundleType, bundle, nil)},
		"subject":     map[string]any{"mediaType": mediatype.OCIIndex, "digest": digest, "size": 1000},
		"annotations": annotations,
	})
	to.Manifest(t, "", mediatype.OCIManifest, manifest)
	return descriptor(mediatype.OCIManifest, manifest, map[string]any{"artifactType": BundleType, "annotations": annotations})
}

// Fallback puts the list of referrers of a digest where clients keep it for registries that do
// not know referrers.
func Fallback(t testing.TB, to Repository, digest string, entries ...map[string]any) {
	t.Helper()
	to.Manifest(t, strings.Replace(digest, ":", "-", 1), mediatype.OCIIndex, ocitest.Index(t, entries...))
}
