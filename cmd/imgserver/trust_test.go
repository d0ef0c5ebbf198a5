package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"lxdocker/internal/oci"
	"lxdocker/internal/oci/ocitest"
	"lxdocker/internal/signature/signaturetest"
)

// Blob implements signaturetest.Repository.
func (r *testRegistry) Blob(_ testing.TB, b []byte) { r.Manifest(nil, "", "", b) }

// Manifest implements signaturetest.Repository.
func (r *testRegistry) Manifest(_ testing.TB, tag, _ string, b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	digest := oci.DigestOf(b)
	r.blobs[digest] = b
	if tag != "" {
		r.tags[tag] = digest
	}
}

// TestOnlySignedImagesAreGiven, and who asks is told why there is none. A tag that moves to an
// image that nobody has signed changes nothing.
func TestOnlySignedImagesAreGiven(t *testing.T) {
	signer, dir := signaturetest.New(t), t.TempDir()
	for name, text := range map[string]string{"team.pub": signer.PEM, "trust.yaml": "'**': {keys: [team.pub]}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := startHubs(t, 1, "--every", "24h", "--trust", filepath.Join(dir, "trust.yaml"))
	s := h.each[0]
	unsigned := ocitest.Recipe{Layers: [][]byte{ocitest.Tar(t, "etc/hello", []byte("unsigned\n"))}}.Bake(t)
	h.registry.push("latest", unsigned)
	const why = "it has no signature of cosign"
	if answer := h.ask(t.Context(), s, "app"); !strings.Contains(answer, "not trusted: ") || !strings.Contains(answer, why) {
		t.Errorf("it answers %s", answer)
	}
	if n := h.registry.count("GET " + oci.DigestOf(unsigned.Layers[0])); n > 0 || len(h.published()) > 0 {
		t.Errorf("its layer was fetched %d times, and published are %q", n, h.published())
	}
	page, err := s.Client.Get(s.URL + "/activity")
	if err != nil {
		t.Fatal(err)
	}
	if text := body(t, page); !strings.Contains(text, why) {
		t.Errorf("the page does not say why:\n%s", text)
	}

	signed := ocitest.Recipe{}.Bake(t)
	h.registry.push("signed", signed)
	digest := oci.DigestOf(signed.Manifest)
	signaturetest.Fallback(t, h.registry, digest, signaturetest.Referrer(t, h.registry, digest, signer.Bundle(t, digest, nil)))
	before := h.ask(t.Context(), s, "app:signed")
	if !strings.Contains(before, `"target"`) {
		t.Fatalf("it answers %s", before)
	}
	h.registry.push("signed", unsigned)
	if err := s.Signal(syscall.SIGHUP); err != nil { // which has it look at tags
		t.Fatal(err)
	}
	h.within("the refusal", func() bool {
		return strings.Contains(s.Log.String(), `msg="cannot look at a tag again; clients get the image as it was" ref=`+h.registry.host+"/library/app:signed error=\"not trusted: ")
	})
	if after := h.ask(t.Context(), s, "app:signed"); after != before || len(h.published()) != 1 {
		t.Errorf("it answers %s", after)
	}
}
