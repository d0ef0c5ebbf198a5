package trust_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/mediatype"
	"lxdocker/internal/oci"
	"lxdocker/internal/oci/ocitest"
	"lxdocker/internal/signature"
	"lxdocker/internal/signature/signaturetest"
	"lxdocker/internal/trust"
)

// registry is a source of what was attached.
type registry struct {
	ocitest.Memory
	tags      map[string][]byte
	referrers map[string][]oci.Descriptor
	broken    error // of every list
	asked     int   // lists and tags
}

func (r *registry) Blob(_ testing.TB, b []byte) { r.Add("", b) }

func (r *registry) Referrers(_ context.Context, digest string) ([]oci.Descriptor, error) {
	r.asked++
	return r.referrers[digest], r.broken
}

func (r *registry) Tagged(_ context.Context, tag string) ([]byte, error) {
	r.asked++
	return r.tags[tag], r.broken
}

// put lets signaturetest attach something.
type put struct{ *registry }

func (p put) Manifest(_ testing.TB, tag, mediaType string, b []byte) {
	p.Add(mediaType, b)
	if tag != "" {
		if p.tags == nil {
			p.tags = map[string][]byte{}
		}
		p.tags[tag] = b
	}
}

// attach adds a bundle to the referrers of a digest.
func (r *registry) attach(t testing.TB, digest string, bundle []byte, change ...func(*oci.Descriptor)) {
	t.Helper()
	e := signaturetest.Referrer(t, put{r}, digest, bundle)
	d := oci.Descriptor{MediaType: mediatype.OCIManifest, Digest: e["digest"].(string), Size: int64(e["size"].(int)), ArtifactType: signaturetest.BundleType}
	for _, f := range change {
		f(&d)
	}
	if r.referrers == nil {
		r.referrers = map[string][]oci.Descriptor{}
	}
	r.referrers[digest] = append(r.referrers[digest], d)
}

var index, manifest, other = oci.DigestOf([]byte("index")), oci.DigestOf([]byte("manifest")), oci.DigestOf([]byte("other"))

func ruleOf(t testing.TB, signers ...*signaturetest.Signer) signature.Rule {
	t.Helper()
	var r signature.Rule
	for _, s := range signers {
		keys, err := signature.ParseKeys([]byte(s.PEM), "")
		if err != nil {
			t.Fatal(err)
		}
		r.Keys = append(r.Keys, keys...)
	}
	return r
}

func TestSignaturesAreFoundWhereverTheyAre(t *testing.T) {
	signer, stranger := signaturetest.New(t), signaturetest.New(t)
	one := func(s *signaturetest.Signer, digest string) signaturetest.One {
		payload, sig := s.Simple(t, digest, nil)
		return signaturetest.One{Payload: payload, Sig: sig}
	}
	for name, c := range map[string]struct {
		attach func(r *registry)
		why    string // "" if it is trusted
	}{
		"nowhere":                  {func(*registry) {}, "no signature"},
		"a bundle of the index":    {func(r *registry) { r.attach(t, index, signer.Bundle(t, index, nil)) }, ""},
		"a bundle of the manifest": {func(r *registry) { r.attach(t, manifest, signer.Bundle(t, manifest, nil)) }, ""},
		"a tag of the index":       {func(r *registry) { signaturetest.Tag(t, put{r}, index, one(signer, index)) }, ""},
		"a tag of the manifest":    {func(r *registry) { signaturetest.Tag(t, put{r}, manifest, one(signer, manifest)) }, ""},
		"behind others at the tag": {func(r *registry) {
			signaturetest.Tag(t, put{r}, index, one(stranger, index), one(signer, other), one(signer, index))
		}, ""},
		"behind others in the list": {func(r *registry) {
			r.attach(t, index, stranger.Bundle(t, index, nil))
			r.attach(t, index, []byte("not even JSON"))
			r.attach(t, index, signer.Attest(t, index, nil, "https://slsa.dev/provenance/v1"))
			r.attach(t, index, signer.Bundle(t, index, nil))
		}, ""},
		"in a list that lacks what manifests say": {func(r *registry) {
			r.attach(t, index, signer.Bundle(t, index, nil), func(d *oci.Descriptor) { d.ArtifactType = mediatype.Empty })
		}, ""},
		"of another key":                    {func(r *registry) { r.attach(t, index, stranger.Bundle(t, index, nil)) }, "none of its 1 signatures"},
		"of another image, at our place":    {func(r *registry) { r.attach(t, index, signer.Bundle(t, other, nil)) }, "another image"},
		"of another image, at our tag":      {func(r *registry) { signaturetest.Tag(t, put{r}, index, one(signer, other)) }, "another image"},
		"of our image, at another's place":  {func(r *registry) { r.attach(t, other, signer.Bundle(t, index, nil)) }, "no signature"},
		"an attestation by the right key":   {func(r *registry) { r.attach(t, index, signer.Attest(t, index, nil, "https://spdx.dev/Document")) }, "no signature"},
		"of the manifest, beside the index": {func(r *registry) { r.attach(t, index, signer.Bundle(t, manifest, nil)) }, ""},
		"behind too much else": {func(r *registry) {
			for range 100 {
				r.attach(t, index, signaturetest.New(t).Bundle(t, index, nil))
			}
			r.attach(t, index, signer.Bundle(t, index, nil))
		}, "none of its"},
		"in something large": {func(r *registry) {
			r.attach(t, index, signer.Bundle(t, index, map[string]any{"x": strings.Repeat("x", signature.MaxBundle)}))
		}, "no signature"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &registry{}
			c.attach(r)
			all, err := trust.Check(t.Context(), r, []string{index, manifest}, ruleOf(t, signer))
			switch {
			case c.why == "" && (err != nil || len(all) != 1):
				t.Errorf("%v: %v", all, err)
			case c.why != "" && failure.KindOf(err) != failure.Untrusted:
				t.Errorf("%v: %v", all, err)
			case c.why != "":
				ocitest.MustSay(t, err, c.why)
			}
		})
	}
}

// TestNobodyKnowsWhatCannotBeFetched: that is not the same as an image that is not signed.
func TestNobodyKnowsWhatCannotBeFetched(t *testing.T) {
	r := &registry{broken: failure.Publicf(failure.Unavailable, "the registry is down")}
	_, err := trust.Check(t.Context(), r, []string{manifest}, ruleOf(t, signaturetest.New(t)))
	if failure.KindOf(err) != failure.Unavailable {
		t.Error(err)
	}
}

// TestWhatIsRefusedIsNotMissing: who may ask may learn of a signature. What another list has
// counts all the same.
func TestWhatIsRefusedIsNotMissing(t *testing.T) {
	signer := signaturetest.New(t)
	r := &registry{broken: failure.Publicf(failure.Denied, "nobody may")}
	if _, err := trust.Check(t.Context(), r, []string{manifest}, ruleOf(t, signer)); failure.KindOf(err) != failure.Denied {
		t.Error(err)
	}
	r.attach(t, manifest, signer.Bundle(t, manifest, nil))
	if _, err := trust.Check(t.Context(), r, []string{manifest}, ruleOf(t, signer)); err != nil {
		t.Error(err)
	}
}

// TestWhatOneImageCosts does not depend on what others attach to it.
func TestWhatOneImageCosts(t *testing.T) {
	signer, stranger := signaturetest.New(t), signaturetest.New(t)
	for name, attach := range map[string]func(r *registry){
		"documents": func(r *registry) {
			var many []signaturetest.One
			for n := range 60 {
				payload, sig := stranger.Simple(t, index, map[string]any{"n": n})
				many = append(many, signaturetest.One{Payload: payload, Sig: sig})
			}
			for range 10 {
				signaturetest.Tag(t, put{r}, index, many...)
				raw := r.tags[signature.Tag(index)]
				d := r.Add(mediatype.OCIManifest, append(raw, strings.Repeat(" ", len(r.referrers[index]))...))
				r.attach(t, index, stranger.Bundle(t, index, nil), func(e *oci.Descriptor) { *e = d })
			}
		},
		"bytes": func(r *registry) {
			for n := range 60 {
				r.attach(t, index, stranger.Bundle(t, index, map[string]any{"x": strings.Repeat("x", 180_000), "n": n}))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := &registry{}
			attach(r)
			r.Asked = nil
			_, err := trust.Check(t.Context(), r, []string{index, manifest}, ruleOf(t, signer))
			ocitest.MustSay(t, err, "more than 128 documents or 8388608 bytes are attached")
			if n := len(r.Asked); failure.KindOf(err) != failure.Untrusted || n > 128 || name == "bytes" && n > 80 {
				t.Errorf("%d documents were fetched: %v", n, err)
			}
		})
	}
	t.Run("first what is said to be a signature", func(t *testing.T) {
		r := &registry{}
		for range 100 {
			r.attach(t, index, signaturetest.New(t).Bundle(t, index, nil))
		}
		r.attach(t, index, signer.Bundle(t, index, nil), func(d *oci.Descriptor) {
			d.Annotations = map[string]string{signature.PredicateAnnotation: signature.Predicate}
		})
		r.Asked = nil
		if _, err := trust.Check(t.Context(), r, []string{index}, ruleOf(t, signer)); err != nil || len(r.Asked) != 2 {
			t.Errorf("%d documents were fetched: %v", len(r.Asked), err)
		}
	})
	t.Run("nothing once nobody waits for it", func(t *testing.T) {
		r := &registry{}
		signaturetest.Tag(t, put{r}, index)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := trust.Check(ctx, r, []string{index, manifest}, ruleOf(t, signer)); err == nil || r.asked != 1 {
			t.Errorf("asked %d times: %v", r.asked, err)
		}
	})
}

func TestADigestCanBeAskedFor(t *testing.T) {
	r := &registry{}
	for digest, ok := range map[string]bool{index: true, manifest: true, other: false} {
		_, err := trust.Check(t.Context(), r, []string{index, manifest}, signature.Rule{Digest: digest})
		if (err == nil) != ok || !ok && failure.KindOf(err) != failure.Untrusted {
			t.Errorf("%s: %v", digest, err)
		}
	}
	if r.asked > 0 {
		t.Error("the registry was asked")
	}
	signer := signaturetest.New(t)
	rule := ruleOf(t, signer)
	rule.Digest = index
	if _, err := trust.Check(t.Context(), r, []string{index, manifest}, rule); err == nil {
		t.Error("the digest suffices, though a key is asked for, too")
	}
}

func TestOnlyRegistriesHaveSignatures(t *testing.T) {
	var m ocitest.Memory
	if _, err := trust.Check(t.Context(), &m, []string{manifest}, ruleOf(t, signaturetest.New(t))); failure.KindOf(err) != failure.Untrusted {
		t.Error(err)
	}
}

func TestWhatWasVerifiedIsRemembered(t *testing.T) {
	signer, second := signaturetest.New(t), signaturetest.New(t)
	r := &registry{}
	now := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	c := &trust.Checker{Now: func() time.Time { return now }}
	rule, digests := ruleOf(t, signer), []string{index, manifest}
	if _, err := c.Check(t.Context(), r, digests, rule); err == nil {
		t.Fatal("an image without a signature is trusted")
	}
	r.attach(t, index, signer.Bundle(t, index, nil))
	if e, err := c.Check(t.Context(), r, digests, rule); err != nil || !e.At.Equal(now.Truncate(time.Second)) {
		t.Fatal("a refusal is remembered: ", e, err)
	}
	asked := r.asked
	if e, err := c.Check(t.Context(), r, digests, rule); err != nil || r.asked != asked || len(e.Signatures) != 1 {
		t.Errorf("it is looked for again: %v, %v", e, err)
	}
	if _, err := c.Check(t.Context(), r, []string{index, other}, rule); err != nil {
		t.Error("another image below the same index is not: ", err)
	}
	if _, err := c.Check(t.Context(), r, []string{other, manifest}, rule); err == nil {
		t.Error("the same image is trusted, found by another way that nobody has signed")
	}
	if _, err := c.Check(t.Context(), r, []string{oci.DigestOf([]byte("third"))}, rule); err == nil {
		t.Error("another image is trusted without a signature")
	}
	if _, err := c.Check(t.Context(), r, digests, ruleOf(t, second)); err == nil {
		t.Error("another rule is not looked at")
	}
	rule.Digest = other
	if _, err := c.Check(t.Context(), r, digests, rule); err == nil {
		t.Error("the digest that is asked for does not count")
	}
}
