package signature_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"

	"lxdocker/internal/oci"
	"lxdocker/internal/signature"
	"lxdocker/internal/signature/signaturetest"
)

// image is what is signed in tests, and another one.
var image, other = oci.DigestOf([]byte("image")), oci.DigestOf([]byte("other"))

func keyOf(t testing.TB, s *signaturetest.Signer, name string) signature.Key {
	t.Helper()
	keys, err := signature.ParseKeys([]byte(s.PEM), name)
	if err != nil || len(keys) != 1 {
		t.Fatal(keys, err)
	}
	return keys[0]
}

func simple(t testing.TB, s *signaturetest.Signer, digest string, annotations map[string]any) signature.Signed {
	t.Helper()
	signed, err := signature.ParseSimple(s.Simple(t, digest, annotations))
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func bundle(t testing.TB, raw []byte) signature.Signed {
	t.Helper()
	signed, err := signature.ParseBundle(raw)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// satisfied adds signatures to a tally of a rule.
func satisfied(r signature.Rule, digests []string, all ...signature.Signed) *signature.Tally {
	t := signature.NewTally(r, digests)
	for _, s := range all {
		t.Add(s)
	}
	return t
}

// TestEveryKindOfKeyInEveryForm, and no other key of the same kind.
func TestEveryKindOfKeyInEveryForm(t *testing.T) {
	strangers := signaturetest.Kinds(t)
	for name, signer := range signaturetest.Kinds(t) {
		forms := map[string]signature.Signed{
			"simple": simple(t, signer, image, nil),
			"bundle": bundle(t, signer.Bundle(t, image, nil)),
		}
		if !strings.HasPrefix(name, "Ed25519") && !strings.Contains(name, "SHA-384") && !strings.Contains(name, "SHA-512") { // they sign no SHA-256 sums
			forms["message"] = bundle(t, signer.Message(t, []byte("image")))
		}
		for form, signed := range forms {
			t.Run(name+", "+form, func(t *testing.T) {
				rule := signature.Rule{Keys: []signature.Key{keyOf(t, signer, "")}}
				if tally := satisfied(rule, []string{image}, signed); !tally.Satisfied() {
					t.Errorf("refused: %s", tally.Why())
				} else if e := tally.Evidence(); len(e) != 1 || e[0].Digest != image || e[0].Key.Fingerprint != rule.Keys[0].Fingerprint {
					t.Errorf("the evidence is %+v", e)
				}
				if satisfied(rule, []string{other}, signed).Satisfied() {
					t.Error("it counts for another image")
				}
				rule.Keys = []signature.Key{keyOf(t, strangers[name], "")}
				if satisfied(rule, []string{image}, signed).Satisfied() {
					t.Error("it counts as signed by another key")
				}
			})
		}
	}
}

// TestNoChangedByteIsAccepted changes each byte of what is signed, and of signatures.
func TestNoChangedByteIsAccepted(t *testing.T) {
	signer := signaturetest.New(t)
	rule := signature.Rule{Keys: []signature.Key{keyOf(t, signer, "")}}
	payload, sig := signer.Simple(t, image, map[string]any{"env": "prod"})
	raw, _ := base64.StdEncoding.DecodeString(sig)
	for i := range payload {
		changed := bytes.Clone(payload)
		changed[i] ^= 1
		if s, err := signature.ParseSimple(changed, sig); err == nil && satisfied(rule, []string{image, other}, s).Satisfied() {
			t.Errorf("byte %d of the payload can be changed", i)
		}
	}
	for i := range raw {
		changed := bytes.Clone(raw)
		changed[i] ^= 1
		if s, err := signature.ParseSimple(payload, base64.StdEncoding.EncodeToString(changed)); err == nil && satisfied(rule, []string{image}, s).Satisfied() {
			t.Errorf("byte %d of the signature can be changed", i)
		}
	}
	// What follows changes the statement in an envelope, whose signature stays.
	mine, theirs := base64.StdEncoding.EncodeToString(statementOf(t, signer, image)), base64.StdEncoding.EncodeToString(statementOf(t, signer, other))
	forged := bytes.Replace(signer.Bundle(t, image, nil), []byte(mine), []byte(theirs), 1)
	if s := bundle(t, forged); satisfied(rule, []string{image, other}, s).Satisfied() {
		t.Error("the statement can be changed")
	}
}

// statementOf is the payload of a bundle.
func statementOf(t testing.TB, s *signaturetest.Signer, digest string) []byte {
	t.Helper()
	_, rest, _ := strings.Cut(string(s.Bundle(t, digest, nil)), `"payload":"`)
	text, _, _ := strings.Cut(rest, `"`)
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || !strings.Contains(string(raw), "subject") {
		t.Fatal(string(raw), err)
	}
	return raw
}

// TestWhatIsNoSignatureOfAnImage: the key is right, and has signed something else.
func TestWhatIsNoSignatureOfAnImage(t *testing.T) {
	signer := signaturetest.New(t)
	statement := statementOf(t, signer, image)
	for name, raw := range map[string][]byte{
		"an attestation":             signer.Attest(t, image, nil, "https://slsa.dev/provenance/v1"),
		"a payload of another type":  signer.Envelope(t, "application/json", statement),
		"a statement of the future":  signer.Envelope(t, "application/vnd.in-toto+json", bytes.Replace(statement, []byte("Statement/v1"), []byte("Statement/v2"), 1)),
		"no signatures":              bytes.Replace(signer.Bundle(t, image, nil), []byte(`"signatures":[`), []byte(`"signatures":[],"x":[`), 1),
		"two contents":               bytes.Replace(signer.Bundle(t, image, nil), []byte(`{"dsseEnvelope"`), []byte(`{"messageSignature":{},"dsseEnvelope"`), 1),
		"no content":                 []byte(`{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}`),
		"something else":             []byte(`{"mediaType":"application/json","dsseEnvelope":{}}`),
		"a sum of another algorithm": bytes.Replace(signer.Message(t, []byte("image")), []byte("SHA2_256"), []byte("SHA2_512"), 1),
		"no JSON":                    []byte("x"),
		"too much":                   bytes.Repeat([]byte(" "), signature.MaxBundle+1),
	} {
		if s, err := signature.ParseBundle(raw); err == nil {
			t.Errorf("%s is read as %+v", name, s.Claims())
		}
	}
	payload, sig := signer.Simple(t, image, nil)
	for name, c := range map[string]struct{ payload, sig string }{
		"another type":   {strings.Replace(string(payload), "cosign container image signature", "atomic container signature", 1), sig},
		"no signature":   {string(payload), ""},
		"no base64":      {string(payload), "%"},
		"no JSON":        {"x", sig},
		"a long payload": {strings.Repeat(" ", signature.MaxSimple+1), sig},
	} {
		if _, err := signature.ParseSimple([]byte(c.payload), c.sig); err == nil {
			t.Errorf("%s is read", name)
		}
	}
}

func TestRules(t *testing.T) {
	a, b := signaturetest.New(t), signaturetest.New(t)
	keyA, keyB := keyOf(t, a, "a.pub"), keyOf(t, b, "b.pub")
	index := oci.DigestOf([]byte("index"))
	both := []signature.Key{keyA, keyB}
	signed := func(s *signaturetest.Signer, digest string, annotations map[string]any) signature.Signed {
		return bundle(t, s.Bundle(t, digest, annotations))
	}
	prod, test := map[string]any{"env": "prod", "n": 1}, map[string]any{"env": "test"}
	for name, c := range map[string]struct {
		rule signature.Rule
		sigs []signature.Signed
		why  string // "" if it is satisfied
	}{
		"one key of two":             {signature.Rule{Keys: both}, []signature.Signed{signed(b, image, nil)}, ""},
		"all of two":                 {signature.Rule{Keys: both, All: true}, []signature.Signed{signed(a, image, nil), signed(b, image, nil)}, ""},
		"all, of index and manifest": {signature.Rule{Keys: both, All: true}, []signature.Signed{signed(a, index, nil), signed(b, image, nil)}, ""},
		"only one of all":            {signature.Rule{Keys: both, All: true}, []signature.Signed{signed(a, image, nil), signed(a, index, nil)}, "not signed by b.pub"},
		"the index":                  {signature.Rule{Keys: both[:1]}, []signature.Signed{signed(a, index, nil)}, ""},
		"nothing":                    {signature.Rule{Keys: both}, nil, "no signature"},
		"another key":                {signature.Rule{Keys: both[:1]}, []signature.Signed{signed(b, image, nil)}, "none of its 1 signatures is by a.pub"},
		"another image":              {signature.Rule{Keys: both}, []signature.Signed{signed(a, other, nil)}, "another image"},
		"the right one beside it":    {signature.Rule{Keys: both}, []signature.Signed{signed(a, other, nil), signed(a, image, nil)}, ""},
		"an annotation":              {signature.Rule{Keys: both, Annotations: map[string]string{"env": "prod"}}, []signature.Signed{signed(a, image, prod)}, ""},
		"another value of it":        {signature.Rule{Keys: both, Annotations: map[string]string{"env": "prod"}}, []signature.Signed{signed(a, image, test)}, "not with the annotations env=prod"},
		"an empty one is not none":   {signature.Rule{Keys: both, Annotations: map[string]string{"x": ""}}, []signature.Signed{signed(a, image, prod)}, "not with the annotations x="},
		"a number is no text":        {signature.Rule{Keys: both, Annotations: map[string]string{"n": "1"}}, []signature.Signed{signed(a, image, prod)}, "not with the annotations n=1"},
		"by simple signing, too":     {signature.Rule{Keys: both, Annotations: map[string]string{"env": "prod"}}, []signature.Signed{simple(t, a, image, prod)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			tally := satisfied(c.rule, []string{index, image}, c.sigs...)
			if tally.Satisfied() != (c.why == "") {
				t.Fatalf("satisfied: %v", tally.Satisfied())
			}
			if c.why != "" && !strings.Contains(tally.Why(), c.why) {
				t.Errorf("it says %q", tally.Why())
			}
		})
	}
}

func TestRulesThatMeanTheSameHaveOneID(t *testing.T) {
	a, b := signaturetest.New(t), signaturetest.New(t)
	keyA, keyB := keyOf(t, a, "a.pub"), keyOf(t, b, "b.pub")
	one := signature.Rule{Keys: []signature.Key{keyA, keyB}, Annotations: map[string]string{"a": "b"}}
	same := signature.Rule{Keys: []signature.Key{keyOf(t, b, "renamed.pub"), keyA, keyB}, Annotations: map[string]string{"a": "b"}}
	if one.ID() != same.ID() {
		t.Error("order and names of keys count")
	}
	seen := map[string]string{one.ID(): "one"}
	for name, r := range map[string]signature.Rule{
		"a key less":         {Keys: []signature.Key{keyA}, Annotations: map[string]string{"a": "b"}},
		"all":                {Keys: one.Keys, All: true, Annotations: map[string]string{"a": "b"}},
		"another annotation": {Keys: one.Keys, Annotations: map[string]string{"a": "c"}},
		"a digest":           {Keys: one.Keys, Annotations: map[string]string{"a": "b"}, Digest: image},
		"nothing":            {},
	} {
		if other, twice := seen[r.ID()]; twice {
			t.Errorf("%s is the same as %s", name, other)
		}
		seen[r.ID()] = name
	}
}

func TestKeysThatCannotBeUsed(t *testing.T) {
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	small, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public := func(key any) string {
		der, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	}
	signer := signaturetest.New(t)
	for name, c := range map[string]struct{ text, says string }{
		"nothing":             {" \n", "empty"},
		"text":                {"cosign.pub", "no PEM"},
		"something behind it": {signer.PEM + "and more", "no PEM"},
		"a private key":       {signer.Private(t), "private key"},
		"a key of cosign":     {"-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n", "private key"},
		"a certificate":       {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "certificate"},
		"damaged":             {strings.Replace(signer.PEM, "-----END", "-----AND", 1), "damaged"},
		"three, the first without its last newline":  {strings.TrimSuffix(signer.PEM, "\n") + signaturetest.New(t).PEM + signaturetest.New(t).PEM, "3 keys begin in it, and 1 can be read"},
		"two, the first with a character of no key":  {strings.Replace(signer.PEM, "M", "!", 1) + signaturetest.New(t).PEM, "damaged"},
		"two, the second with a character of no key": {signaturetest.New(t).PEM + strings.Replace(signer.PEM, "M", "!", 1), "damaged"},
		"no key in it":     {"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "no public key"},
		"weak":             {public(&weak.PublicKey), "1024 bits"},
		"of a small curve": {public(&small.PublicKey), "P-256"},
		"too much":         {strings.Repeat(signer.PEM, 1000), "more than"},
	} {
		if _, err := signature.ParseKeys([]byte(c.text), ""); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if keys, err := signature.ParseKeys([]byte(signer.PEM+"\n"+signaturetest.New(t).PEM), "two.pub"); err != nil || len(keys) != 2 {
		t.Errorf("two keys in one file are %v, %v", keys, err)
	}
}

// TestASumIsMadeOnce, however many signatures and keys there are.
func TestASumIsMadeOnce(t *testing.T) {
	stranger := keyOf(t, signaturetest.New(t), "")
	signed := simple(t, signaturetest.New(t), image, map[string]any{"x": strings.Repeat("x", 60_000)})
	signed.By(stranger)
	if n := testing.AllocsPerRun(10, func() { signature.SumOf(signed) }); n > 0 {
		t.Errorf("a sum that was made is made again, with %v allocations", n)
	}
}

func FuzzParseBundle(f *testing.F) {
	signer := signaturetest.New(f)
	key := keyOf(f, signer, "")
	f.Add(signer.Bundle(f, image, nil))
	f.Add(signer.Message(f, []byte("image")))
	stranger := signaturetest.New(f).Bundle(f, image, map[string]any{"a": "b", "c": []int{1}})
	f.Add(stranger)
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := signature.ParseBundle(raw)
		if err != nil {
			return
		}
		if s.By(key) && len(s.Claims()) > 0 && s.Claims()[0].Digest != image {
			t.Errorf("a forged signature of %s", s.Claims()[0].Digest)
		}
	})
}

func FuzzParseSimple(f *testing.F) {
	signer := signaturetest.New(f)
	key := keyOf(f, signer, "")
	payload, sig := signer.Simple(f, image, map[string]any{"a": "b"})
	f.Add(payload, sig)
	f.Fuzz(func(t *testing.T, payload []byte, sig string) {
		s, err := signature.ParseSimple(payload, sig)
		if err == nil && s.By(key) && s.Claims()[0].Digest != image {
			t.Errorf("a forged signature of %s", s.Claims()[0].Digest)
		}
	})
}

func FuzzParseKeys(f *testing.F) {
	f.Add([]byte(signaturetest.New(f).PEM))
	f.Fuzz(func(t *testing.T, text []byte) {
		keys, err := signature.ParseKeys(text, "")
		for _, k := range keys {
			if err == nil && !strings.HasPrefix(k.Fingerprint, "sha256:") {
				t.Errorf("a key without a fingerprint")
			}
		}
	})
}
