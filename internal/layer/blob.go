package layer

import (
	"encoding/hex"
	"fmt"
	"strings"

	"lxdocker/internal/failure"
	"lxdocker/internal/mediatype"
)

// Blob says which layer is wanted, as a manifest and an image's config describe it.
type Blob struct {
	Digest    string // of the blob, "sha256:" and 64 hexadecimal digits
	DiffID    string // of what it expands to; empty if not known, and then not checked
	MediaType string // empty if not known: the first bytes decide then
	Size      int64  // of the blob in bytes; negative if not known
}

// DefaultUnpacked is what a layer may expand to unless the user says otherwise.
const DefaultUnpacked = 16 << 30

func corruptf(format string, args ...any) error {
	return failure.Errorf(failure.Corrupt, format, args...)
}

func tooLargef(format string, args ...any) error {
	return failure.Errorf(failure.TooLarge, format, args...)
}

func unsupportedf(format string, args ...any) error {
	return failure.Errorf(failure.Unsupported, format, args...)
}

// sum is a sha256 digest.
type sum [32]byte

func (s sum) String() string { return "sha256:" + hex.EncodeToString(s[:]) }

func parseSum(digest string) (sum, error) {
	var s sum
	digits, ok := strings.CutPrefix(digest, "sha256:")
	if !ok || len(digits) != hex.EncodedLen(len(s)) || strings.ToLower(digits) != digits {
		return s, corruptf("%q is no sha256 digest", digest)
	}
	if _, err := hex.Decode(s[:], []byte(digits)); err != nil {
		return s, corruptf("%q is no sha256 digest", digest)
	}
	return s, nil
}

// order is a Blob whose digests were understood.
type order struct {
	Blob
	digest      sum
	diffID      sum
	anyDiff     bool                  // diffID is not known
	compression mediatype.Compression // Unknown if the first bytes decide
}

func (b Blob) order() (order, error) {
	o := order{Blob: b, anyDiff: b.DiffID == ""}
	var err error
	if o.digest, err = parseSum(b.Digest); err != nil {
		return o, fmt.Errorf("reading the digest of a layer: %w", err)
	}
	if !o.anyDiff {
		if o.diffID, err = parseSum(b.DiffID); err != nil {
			return o, fmt.Errorf("reading the diffID of layer %s: %w", b.Digest, err)
		}
	}
	if b.MediaType == "" {
		return o, nil
	}
	if o.compression, err = mediatype.OfLayer(b.MediaType); err != nil {
		return o, fmt.Errorf("layer %s: %w", b.Digest, err)
	}
	return o, nil
}
