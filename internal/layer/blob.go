package layer

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"lxdocker/internal/failure"
	"lxdocker/internal/mediatype"
)

// Blob describes a layer as a manifest and an image's config do.
type Blob struct {
	Digest    string // of the blob: "sha256:" and 64 hexadecimal digits
	DiffID    string // of the archive inside; if it is empty, it is not checked
	MediaType string // "" if it is not known; how it is compressed the first bytes say
	Size      int64  // of the blob in bytes; negative: not known

	Budget   *Budget  // of all layers of its image; nil: none
	Windows  Windows  // nil: the cache's own, which all layers share
	Unpacker Unpacker // nil: it is unpacked in this process
}

// Windows lends memory for the windows of zstd, in bytes.
type Windows interface {
	Acquire(ctx context.Context, bytes int64) error // waits until so much is free
	Release(bytes int64)
}

// DefaultUnpacked is how many bytes a layer may expand to, unless the user sets a limit.
const DefaultUnpacked = 16 << 30

// ErrOtherBytes says that the bytes that came are not those that were asked for: their
// number or their digest is wrong. The source may have the right ones all the same.
var ErrOtherBytes = errors.New("other bytes came than were asked for")

// ErrUnpackerEnded says that another process was to unpack the layer, and has ended: because
// of this layer, or of another one.
var ErrUnpackerEnded = errors.New("the process that unpacks layers has ended")

// otherBytes is such an error in its own words.
type otherBytes struct{ error }

func (o otherBytes) Unwrap() error      { return o.error }
func (otherBytes) Is(target error) bool { return target == ErrOtherBytes }

func corruptf(format string, args ...any) error {
	return failure.Publicf(failure.Corrupt, format, args...)
}

func tooLargef(format string, args ...any) error {
	return failure.Publicf(failure.TooLarge, format, args...)
}

func unsupportedf(format string, args ...any) error {
	return failure.Publicf(failure.Unsupported, format, args...)
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

// blobRequest is a Blob whose digests were parsed, and whose media type was checked.
type blobRequest struct {
	Blob
	digest    sum
	diffID    sum
	anyDiffID bool // diffID is not known
	took      *share
}

func (b Blob) parse() (blobRequest, error) {
	want := blobRequest{Blob: b, anyDiffID: b.DiffID == "", took: &share{budget: b.Budget}}
	var err error
	if want.digest, err = parseSum(b.Digest); err != nil {
		return want, fmt.Errorf("reading the digest of a layer: %w", err)
	}
	if !want.anyDiffID {
		if want.diffID, err = parseSum(b.DiffID); err != nil {
			return want, fmt.Errorf("reading the diffID of layer %s: %w", b.Digest, err)
		}
	}
	if err := mediatype.CheckLayer(b.MediaType); err != nil {
		return want, fmt.Errorf("layer %s: %w", b.Digest, err)
	}
	return want, nil
}
