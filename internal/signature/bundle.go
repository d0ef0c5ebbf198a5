package signature

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

const (
	// BundleType begins the media types of bundles of sigstore: of a layer, and mostly of the
	// artifact (cosign, specs/BUNDLE_SPEC.md). Version 0.3 is that of cosign 3.
	BundleType = "application/vnd.dev.sigstore.bundle"
	// PredicateAnnotation says what a bundle states, without fetching it; it may be missing.
	PredicateAnnotation = "dev.sigstore.bundle.predicateType"
	// Predicate is what a signature states. Attestations, such as a bill of materials or the
	// result of a scan, have other ones: who attests that does not recommend an image.
	Predicate = "https://sigstore.dev/cosign/sign/v1"
	// MaxBundle is how many bytes a bundle may have: with the proof of a transparency log,
	// which is ignored, it has about ten thousand.
	MaxBundle = 256 << 10

	statementForm = "application/vnd.in-toto+json"
	maxSigs       = 16  // in one envelope
	maxClaims     = 100 // in one statement
)

// bundle is what matters of one (protobuf-specs, sigstore_bundle.proto, as JSON). Certificates
// and entries of logs are not read: keys are named, not found.
type bundle struct {
	MediaType string `json:"mediaType"`
	Envelope  *struct {
		Payload     string `json:"payload"`
		PayloadType string `json:"payloadType"`
		Signatures  []struct {
			Sig string `json:"sig"`
		} `json:"signatures"`
	} `json:"dsseEnvelope"`
	Message *struct {
		Digest struct {
			Algorithm string `json:"algorithm"`
			Digest    string `json:"digest"`
		} `json:"messageDigest"`
		Signature string `json:"signature"`
	} `json:"messageSignature"`
}

// ParseBundle reads a bundle.
func ParseBundle(raw []byte) (Signed, error) {
	if len(raw) > MaxBundle {
		return Signed{}, fmt.Errorf("its bundle has more than %d bytes", MaxBundle)
	}
	var b bundle
	if err := json.Unmarshal(raw, &b); err != nil {
		return Signed{}, fmt.Errorf("it is not the JSON of a bundle: %w", err)
	}
	switch {
	case !strings.HasPrefix(b.MediaType, BundleType):
		return Signed{}, fmt.Errorf("it is of the type %.100q, not a bundle of sigstore", b.MediaType)
	case (b.Envelope == nil) == (b.Message == nil):
		return Signed{}, errors.New("its bundle has not one content")
	case b.Message != nil:
		return b.message()
	}
	return b.envelope()
}

// envelope reads a statement of in-toto in an envelope of DSSE.
func (b bundle) envelope() (Signed, error) {
	e := b.Envelope
	if e.PayloadType != statementForm {
		return Signed{}, fmt.Errorf("its envelope has a payload of the type %.100q, not a statement", e.PayloadType)
	}
	if n := len(e.Signatures); n == 0 || n > maxSigs {
		return Signed{}, fmt.Errorf("its envelope has %d signatures", n)
	}
	payload, err := base64.StdEncoding.DecodeString(e.Payload)
	if err != nil {
		return Signed{}, fmt.Errorf("its payload is not base64: %w", err)
	}
	s := Signed{Form: Bundle, message: &message{text: encoded(e.PayloadType, payload)}}
	for _, one := range e.Signatures {
		sig, err := decode(one.Sig)
		if err != nil {
			return Signed{}, err
		}
		s.sigs = append(s.sigs, sig)
	}
	s.claims, err = statement(payload)
	return s, err
}

// encoded is what DSSE signs: the pre-authentication encoding of a payload and its type
// (secure-systems-lab/dsse, protocol.md).
func encoded(kind string, payload []byte) []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(kind), kind, len(payload), payload)
}

// statement reads a statement of in-toto (attestation/spec/v1/statement.md), and refuses one
// that is not cosign's signature of an image.
func statement(payload []byte) (all []Claim, err error) {
	var s struct {
		Type    string `json:"_type"`
		Subject []struct {
			Digest      map[string]string `json:"digest"`
			Annotations map[string]any    `json:"annotations"`
		} `json:"subject"`
		Predicate string `json:"predicateType"`
	}
	if err := json.Unmarshal(payload, &s); err != nil {
		return nil, fmt.Errorf("its payload is not the JSON of a statement: %w", err)
	}
	switch {
	case s.Type != "https://in-toto.io/Statement/v1" && s.Type != "https://in-toto.io/Statement/v0.1":
		return nil, fmt.Errorf("its statement is of the type %.100q", s.Type)
	case s.Predicate != Predicate:
		return nil, fmt.Errorf("it is no signature of an image, but states %.100q", s.Predicate)
	case len(s.Subject) > maxClaims:
		return nil, fmt.Errorf("its statement is about %d images", len(s.Subject))
	}
	for _, one := range s.Subject {
		if sum := one.Digest["sha256"]; sum != "" {
			all = append(all, Claim{"sha256:" + sum, texts(one.Annotations)})
		}
	}
	return all, nil
}

// message reads a signature of the manifest's own bytes.
func (b bundle) message() (Signed, error) {
	m := b.Message
	if m.Digest.Algorithm != "SHA2_256" {
		return Signed{}, fmt.Errorf("its digest is of the algorithm %.50q, not SHA2_256", m.Digest.Algorithm)
	}
	sum, err := base64.StdEncoding.DecodeString(m.Digest.Digest)
	if err != nil || len(sum) != 32 {
		return Signed{}, errors.New("its digest is none of SHA-256")
	}
	sig, err := decode(m.Signature)
	if err != nil {
		return Signed{}, err
	}
	claim := Claim{Digest: "sha256:" + hex.EncodeToString(sum)}
	return Signed{Form: Bundle, claims: []Claim{claim}, sum: sum, sigs: [][]byte{sig}}, nil
}
