package signaturetest

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"lxdocker/internal/oci/ocitest"
)

// Simple signs a digest by simple signing: the payload, and the signature in base64 (cosign,
// specs/SIGNATURE_SPEC.md).
func (s *Signer) Simple(t testing.TB, digest string, annotations map[string]any) (payload []byte, sig string) {
	t.Helper()
	payload = ocitest.JSON(t, map[string]any{
		"critical": map[string]any{
			"identity": map[string]any{"docker-reference": "registry.example.org/app"},
			"image":    map[string]any{"docker-manifest-digest": digest},
			"type":     "cosign container image signature",
		},
		"optional": annotations,
	})
	return payload, base64.StdEncoding.EncodeToString(s.sign(t, payload))
}

// CosignPredicate is what signatures of cosign 3 state.
const CosignPredicate = "https://sigstore.dev/cosign/sign/v1"

// Bundle signs a digest as cosign 3 does: a statement of in-toto in an envelope of DSSE in a
// bundle (specs/BUNDLE_SPEC.md).
func (s *Signer) Bundle(t testing.TB, digest string, annotations map[string]any) []byte {
	t.Helper()
	return s.Attest(t, digest, annotations, CosignPredicate)
}

// Attest is Bundle with another predicate.
func (s *Signer) Attest(t testing.TB, digest string, annotations map[string]any, predicate string) []byte {
	t.Helper()
	if annotations == nil {
		annotations = map[string]any{}
	}
	statement := ocitest.JSON(t, map[string]any{
		"_type":         "https://in-toto.io/Statement/v1",
		"subject":       []any{map[string]any{"digest": map[string]any{"sha256": strings.TrimPrefix(digest, "sha256:")}, "annotations": annotations}},
		"predicateType": predicate,
		"predicate":     map[string]any{},
	})
	return s.Envelope(t, "application/vnd.in-toto+json", statement)
}

// Envelope signs any payload in an envelope of DSSE, in a bundle.
func (s *Signer) Envelope(t testing.TB, kind string, payload []byte) []byte {
	t.Helper()
	// DSSE, protocol.md: "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body
	signed := fmt.Sprintf("DSSEv1 %d %s %d %s", len(kind), kind, len(payload), payload)
	return ocitest.JSON(t, map[string]any{
		"mediaType":            BundleType,
		"verificationMaterial": map[string]any{"publicKey": map[string]any{"hint": "key"}, "tlogEntries": []any{}},
		"dsseEnvelope": map[string]any{
			"payload":     base64.StdEncoding.EncodeToString(payload),
			"payloadType": kind,
			"signatures":  []any{map[string]any{"sig": base64.StdEncoding.EncodeToString(s.sign(t, []byte(signed)))}},
		},
	})
}

// Message signs the bytes of a manifest themselves, in a bundle.
func (s *Signer) Message(t testing.TB, manifest []byte) []byte {
	t.Helper()
	return ocitest.JSON(t, map[string]any{
		"mediaType":            BundleType,
		"verificationMaterial": map[string]any{"publicKey": map[string]any{"hint": "key"}},
		"messageSignature": map[string]any{
			"messageDigest": map[string]any{"algorithm": "SHA2_256", "digest": base64.StdEncoding.EncodeToString(sum(manifest))},
			"signature":     base64.StdEncoding.EncodeToString(s.sign(t, manifest)),
		},
	})
}
