package build_test

import (
	"context"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"lxdocker/internal/build"
	"lxdocker/internal/failure"
	"lxdocker/internal/image"
	"lxdocker/internal/oci"
	"lxdocker/internal/progress"
	"lxdocker/internal/signature"
	"lxdocker/internal/signature/signaturetest"
	"lxdocker/internal/spec"
	"lxdocker/internal/spec/diag"
	"lxdocker/internal/store"
)

// signedBy is a spec of the image of serve that asks for a signature.
func signedBy(address string, s *signaturetest.Signer) []spec.Spec {
	return []spec.Spec{{Name: "app", Image: address + "/app", Verify: &spec.Verify{Keys: []spec.PublicKey{{Name: "cosign.pub", PEM: s.PEM}}}}}
}

func digestOf(t *testing.T, img v1.Image) string {
	t.Helper()
	d, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return d.String()
}

// cosign signs the image of serve as cosign 3 does, in a registry that knows no referrers.
func cosign(t *testing.T, address string, s *signaturetest.Signer, digest string) {
	t.Helper()
	to := signaturetest.Pushed{Base: "http://" + address + "/v2/app"}
	signaturetest.Fallback(t, to, digest, signaturetest.Referrer(t, to, digest, s.Bundle(t, digest, nil)))
}

// refused fails unless a result is that of an image that is not trusted, of which nothing was
// published.
func (s *site) refused(r build.Result, says string) {
	s.t.Helper()
	if r.Outcome != progress.Failed || failure.KindOf(r.Err) != failure.Untrusted || !strings.Contains(r.Err.Error(), says) {
		s.t.Errorf("it is %v: %v", r.Outcome, r.Err)
	}
}

// TestAnImageThatIsNotSignedIsNotMade, nor is anything of it fetched but its documents; what
// was published before stays.
func TestAnImageThatIsNotSignedIsNotMade(t *testing.T) {
	address, push, blobs := serveCounted(t)
	signer, stranger := signaturetest.New(t), signaturetest.New(t)
	specs := signedBy(address, signer)
	s := newSite(t, morning)

	first := digestOf(t, push("one"))
	s.refused(s.run(specs)[0], "no signature of cosign")
	if n := blobs.Load(); n != 1 { // the config
		t.Errorf("%d blobs were fetched", n)
	}
	cosign(t, address, stranger, first)
	s.refused(s.run(specs)[0], "is by cosign.pub (sha256:")
	if got := s.offered(); len(got) > 0 {
		t.Fatalf("published are %q", got)
	}

	cosign(t, address, signer, first)
	made := s.run(specs)[0]
	if made.Err != nil || made.Outcome != progress.Built {
		t.Fatal(made.Outcome, made.Err)
	}
	if again := s.run(specs)[0]; again.Outcome != progress.Unchanged {
		t.Errorf("made again: %v, %v", again.Outcome, again.Err)
	}

	// The tag moves to an image that is not signed; then the signature of the first is put where
	// that of the second belongs.
	second := digestOf(t, push("two"))
	s.now = s.now.Add(time.Hour)
	s.refused(s.run(specs)[0], "no signature of cosign")
	to := signaturetest.Pushed{Base: "http://" + address + "/v2/app"}
	payload, sig := signer.Simple(t, first, nil)
	signaturetest.Tag(t, to, second, signaturetest.One{Payload: payload, Sig: sig})
	s.refused(s.run(specs)[0], "that of another image")
	if got := s.offered(); len(got) != 1 || got[0] != made.Version.Serial {
		t.Errorf("offered are %q, and not %s", got, made.Version.Serial)
	}

	payload, sig = signer.Simple(t, second, nil)
	signaturetest.Tag(t, to, second, signaturetest.One{Payload: payload, Sig: sig})
	if r := s.run(specs)[0]; r.Outcome != progress.Built || r.Version.SourceDigest != second {
		t.Errorf("it is %v: %v", r.Outcome, r.Err)
	}
}

// TestARuleCountsForWhatIsPublished: an image that nobody has looked at is looked at again. Its
// bytes stay, as they do not depend on who has signed it.
func TestARuleCountsForWhatIsPublished(t *testing.T) {
	address, push := serve(t)
	signer := signaturetest.New(t)
	digest := digestOf(t, push("one"))
	s := newSite(t, morning)
	plain := []spec.Spec{{Name: "app", Image: address + "/app"}}
	before := s.run(plain)[0].Version
	if before.Properties["lxdocker.verified.keys"] != "" {
		t.Errorf("nobody has asked, and it has %v", before.Properties)
	}
	s.now = s.now.Add(time.Hour)
	s.refused(s.run(signedBy(address, signer))[0], "no signature")
	if got := s.offered(); len(got) != 1 || got[0] != before.Serial {
		t.Errorf("offered are %q", got)
	}
	cosign(t, address, signer, digest)
	after := s.run(signedBy(address, signer))[0]
	if after.Outcome != progress.Built || after.Version.Fingerprint != before.Fingerprint || after.Version.Serial == before.Serial {
		t.Fatalf("it is %v, %+v: %v", after.Outcome, after.Version, after.Err)
	}
	keys, err := signature.ParseKeys([]byte(signer.PEM), "")
	if err != nil {
		t.Fatal(err)
	}
	p := after.Version.Properties
	if p["lxdocker.verified.keys"] != keys[0].Fingerprint || p["lxdocker.verified.digest"] != digest {
		t.Errorf("the properties are %v", p)
	}
	if _, err := time.Parse(time.RFC3339, p["lxdocker.verified.time"]); err != nil {
		t.Error(err)
	}
	if err := store.Verify(t.Context(), s.store, after.Version); err != nil {
		t.Error(err)
	}
	other := signedBy(address, signaturetest.New(t))
	s.refused(s.run(other)[0], "none of its")
	s.now = s.now.Add(time.Hour)
	if r := s.run(plain)[0]; r.Outcome != progress.Built || r.Version.Properties["lxdocker.verified.keys"] != "" {
		t.Errorf("without a rule it is %v, %v: %v", r.Outcome, r.Version.Properties, r.Err)
	}
}

// TestAPolicyCountsForWhatClientsAskFor, and for specs, beside what they say themselves.
func TestAPolicyCountsForWhatClientsAskFor(t *testing.T) {
	address, push := serve(t)
	vendor, own := signaturetest.New(t), signaturetest.New(t)
	digest := digestOf(t, push("one"))
	keys, err := signature.ParseKeys([]byte(vendor.PEM), "vendor.pub")
	if err != nil {
		t.Fatal(err)
	}
	s := newHubSite(t)
	trusting := func() *build.Builder {
		b := s.builder()
		b.Trust = func(ref oci.Reference) (*signature.Rule, error) {
			if ref.Repository() != address+"/app" {
				return nil, failure.Publicf(failure.Untrusted, "the policy here refuses it")
			}
			return &signature.Rule{Keys: keys}, nil
		}
		return b
	}
	update := func(name string) (image.Version, error) {
		return trusting().Update(context.Background(), s.store, demand(t, name), false)
	}
	_, err = update(address + "/app")
	if text := failure.PublicText(err); failure.KindOf(err) != failure.Untrusted || !strings.HasPrefix(text, "not trusted: "+address+"/app:latest: it has no signature") {
		t.Errorf("clients are told %q of %v", text, err)
	}
	moved, err := trusting().Outdated(t.Context(), s.store, demand(t, address+"/app"))
	if moved || failure.KindOf(err) != failure.Untrusted {
		t.Errorf("it would be made: %v, %v", moved, err)
	}
	cosign(t, address, vendor, digest)
	v, err := update(address + "/app")
	if err != nil || v.Properties["lxdocker.verified.keys"] != keys[0].Fingerprint {
		t.Fatal(v.Properties, err)
	}
	run := func(specs []spec.Spec) build.Result {
		unlock, err := s.store.TryLock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
		results, err := trusting().Run(t.Context(), s.store, build.Request{Jobs: s.jobs(specs)})
		if err != nil {
			t.Fatal(err)
		}
		return results[0]
	}
	s.refused(run(signedBy(address, own)), "none of its")
	if r := run([]spec.Spec{{Name: "app", Image: address + "/app"}}); r.Outcome != progress.Built {
		t.Errorf("it is %v: %v", r.Outcome, r.Err)
	}
}

func TestADigestThatASpecAsksFor(t *testing.T) {
	address, push := serve(t)
	digest := digestOf(t, push("one"))
	s := newSite(t, morning)
	specs := []spec.Spec{{Name: "app", Image: address + "/app", Verify: &spec.Verify{Digest: digest}}}
	made := s.run(specs)[0]
	if made.Outcome != progress.Built || made.Version.Properties["lxdocker.verified.digest"] != digest {
		t.Fatalf("it is %v, %v: %v", made.Outcome, made.Version.Properties, made.Err)
	}
	push("two")
	s.now = s.now.Add(time.Hour)
	s.refused(s.run(specs)[0], "is asked for")
	if got := s.offered(); len(got) != 1 || got[0] != made.Version.Serial {
		t.Errorf("offered are %q", got)
	}
}

func TestAKeyThatIsNoneHasAPlace(t *testing.T) {
	signer := signaturetest.New(t)
	s := spec.Spec{Name: "app", Image: "nginx", Verify: &spec.Verify{Keys: []spec.PublicKey{{Name: "a.pub", PEM: signer.PEM}, {Name: "b.pem", PEM: signer.Private(t)}}}}
	plan := build.NewPlan(spec.Set{Specs: []spec.Spec{s}}, "amd64")
	if len(plan.Jobs) > 0 || len(plan.Kept) != 1 || len(plan.Wrong) != 1 || !strings.Contains(plan.Wrong[0].Text, `key "b.pem" cannot be used: it is a private key`) {
		t.Errorf("it is planned: %+v", plan)
	}
	var asked string
	_, wrong := build.Rule(s.Verify, func(key, text, hint string) diag.Diagnostic {
		asked = key
		return diag.Diagnostic{Text: text, Hint: hint}
	})
	if asked != "keys.1" || len(wrong) != 1 {
		t.Errorf("the place is %q", asked)
	}
}
