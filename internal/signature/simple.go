package signature

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

const (
	// SimpleType is the media type of a payload of simple signing: of a layer of the manifest
	// that Tag names (cosign, specs/SIGNATURE_SPEC.md).
	SimpleType = "application/vnd.dev.cosign.simplesigning.v1+json"
	// SimpleAnnotation is where the layer's descriptor has the signature, in base64.
	SimpleAnnotation = "dev.cosignproject.cosign/signature"
	// MaxSimple is how many bytes a payload may have: usual ones have some hundred.
	MaxSimple = 64 << 10

	simpleWhat = "cosign container image signature"
	maxSig     = 8 << 10 // of one signature in base64; RSA of 16,384 bits has 2,732
)

// Tag is the tag of the signatures of a digest.
func Tag(digest string) string { return strings.Replace(digest, ":", "-", 1) + ".sig" }

// ParseSimple reads a payload of simple signing (containers-signature(5)) and its signature.
func ParseSimple(payload []byte, sig string) (Signed, error) {
	if len(payload) > MaxSimple {
		return Signed{}, fmt.Errorf("its payload has more than %d bytes", MaxSimple)
	}
	raw, err := decode(sig)
	if err != nil {
		return Signed{}, err
	}
	var p struct {
		Critical struct {
			Image struct {
				Digest string `json:"docker-manifest-digest"`
			} `json:"image"`
			Type string `json:"type"`
		} `json:"critical"`
		Optional map[string]any `json:"optional"`
	}
	if err := json.Unmarshal(payload, &p); err != nil {
		return Signed{}, fmt.Errorf("its payload is not the JSON of simple signing: %w", err)
	}
	if p.Critical.Type != simpleWhat {
		return Signed{}, fmt.Errorf("its payload is of the type %.100q, not %q", p.Critical.Type, simpleWhat)
	}
	claim := Claim{p.Critical.Image.Digest, texts(p.Optional)}
	return Signed{Form: Simple, claims: []Claim{claim}, message: &message{text: payload}, sigs: [][]byte{raw}}, nil
}

// decode reads a signature in base64.
func decode(text string) ([]byte, error) {
	if text == "" || len(text) > maxSig {
		return nil, errors.New("its signature is missing, or too long")
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("its signature is not base64: %w", err)
	}
	return raw, nil
}
