package trust_test

import (
	"encoding/base64"
	"testing"

	"lxdocker/internal/failure"
	"lxdocker/internal/mediatype"
	"lxdocker/internal/oci"
	"lxdocker/internal/oci/ocitest"
	"lxdocker/internal/signature/signaturetest"
	"lxdocker/internal/trust"
)

// attestation is what BuildKit puts into an index beside an image.
func (r *registry) attestation(t testing.TB, of, predicate string, statement []byte) map[string]any {
	t.Helper()
	blob := r.Add("application/vnd.in-toto+json", statement)
	m := ocitest.JSON(t, map[string]any{
		"schemaVersion": 2, "mediaType": mediatype.OCIManifest,
		"config": map[string]any{"mediaType": mediatype.OCIConfig, "digest": ocitest.SomeDigest, "size": 2},
		"layers": []any{map[string]any{"mediaType": blob.MediaType, "digest": blob.Digest, "size": blob.Size,
			"annotations": map[string]any{"in-toto.io/predicate-type": predicate}}},
	})
	return ocitest.Entry(r.Add(mediatype.OCIManifest, m), oci.Platform{}, map[string]any{
		"platform":    map[string]any{"os": "unknown", "architecture": "unknown"},
		"annotations": map[string]any{"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": of},
	})
}

func TestWhatIsAttachedIsListedAndRead(t *testing.T) {
	r, signer := &registry{}, signaturetest.New(t)
	image := r.Push(ocitest.Recipe{}.Bake(t))
	statement := []byte(`{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://spdx.dev/Document","predicate":{"name":"of BuildKit"}}`)
	top := r.Add(mediatype.OCIIndex, ocitest.Index(t,
		ocitest.Entry(image, ocitest.AMD64, nil),
		r.attestation(t, image.Digest, "https://spdx.dev/Document", statement),
		r.attestation(t, other, "https://spdx.dev/Document", []byte("of another platform")),
	))
	r.attach(t, top.Digest, signer.Bundle(t, top.Digest, nil))
	payload, sig := signer.Simple(t, image.Digest, nil)
	signaturetest.Tag(t, put{r}, image.Digest, signaturetest.One{Payload: payload, Sig: sig})
	cyclone := []byte(`{"bomFormat":"CycloneDX"}`)
	blob := r.Add("application/vnd.cyclonedx+json", cyclone)
	plain := r.Add(mediatype.OCIManifest, ocitest.JSON(t, map[string]any{
		"artifactType": "application/vnd.cyclonedx+json",
		"layers":       []any{map[string]any{"mediaType": blob.MediaType, "digest": blob.Digest, "size": blob.Size}},
	}))
	r.referrers[image.Digest] = append(r.referrers[image.Digest], plain)

	all, err := trust.List(t.Context(), r, []string{top.Digest, image.Digest})
	if err != nil {
		t.Fatal(err)
	}
	read := map[string]int{}
	for _, a := range all {
		read[a.What]++
		if a.What != trust.SBOM {
			continue
		}
		text, err := trust.Document(t.Context(), r, a)
		if err != nil {
			t.Fatal(err)
		}
		switch string(text) {
		case `{"name":"of BuildKit"}`, string(cyclone):
		default:
			t.Errorf("%+v is %s", a, text)
		}
	}
	if read[trust.SBOM] != 2 || read[trust.Signature] != 2 || len(all) != 4 {
		t.Errorf("listed are %+v", all)
	}
}

func TestDocumentsInEnvelopes(t *testing.T) {
	r, signer := &registry{}, signaturetest.New(t)
	statement := `{"_type":"https://in-toto.io/Statement/v1","predicateType":"https://spdx.dev/Document","predicate":{"a":1}}`
	for name, c := range map[string]struct{ raw, want string }{
		"a statement":   {statement, `{"a":1}`},
		"a bundle":      {string(signer.Envelope(t, "application/vnd.in-toto+json", []byte(statement))), `{"a":1}`},
		"an envelope":   {`{"payloadType":"x","payload":"` + base64.StdEncoding.EncodeToString([]byte(statement)) + `"}`, `{"a":1}`},
		"anything else": {`{"payload":1}`, `{"payload":1}`},
		"text":          {"SPDXVersion: SPDX-2.3\n", "SPDXVersion: SPDX-2.3\n"},
	} {
		d := r.Add("", []byte(c.raw))
		text, err := trust.Document(t.Context(), r, trust.Attached{Digest: d.Digest, Size: d.Size})
		if err != nil || string(text) != c.want {
			t.Errorf("%s is %s, %v", name, text, err)
		}
	}
	if _, err := trust.Document(t.Context(), r, trust.Attached{Digest: ocitest.SomeDigest, Size: 1 << 40}); failure.KindOf(err) != failure.TooLarge {
		t.Error(err)
	}
}
