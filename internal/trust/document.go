package trust

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"lxdocker/internal/failure"
	"lxdocker/internal/oci"
	"lxdocker/internal/signature"
)

// maxDocument is how many bytes a document may have that somebody wants to read: bills of
// materials of large images have some ten million.
const maxDocument = 64 << 20

// Document fetches a document: what a statement states, without the statement around it, and
// anything else as it is. It is not verified who wrote it.
func Document(ctx context.Context, source oci.Blobs, a Attached) ([]byte, error) {
	if a.Size > maxDocument {
		return nil, failure.Publicf(failure.TooLarge, "document %s has %d bytes, and no more than %d are read", a.Digest, a.Size, maxDocument)
	}
	r, err := source.Open(ctx, oci.Layer{Digest: a.Digest, MediaType: "application/octet-stream", Size: a.Size})
	if err != nil {
		return nil, fmt.Errorf("fetching document %s: %w", a.Digest, err)
	}
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	if err != nil {
		return nil, fmt.Errorf("fetching document %s: %w", a.Digest, err)
	}
	if got := oci.DigestOf(raw); got != a.Digest {
		return nil, failure.Publicf(failure.Corrupt, "fetching document %s: the registry sends one with the digest %s", a.Digest, got)
	}
	return stated(raw), nil
}

// stated is what a document states: the predicate of a statement of in-toto, which may be in a
// bundle or an envelope.
func stated(raw []byte) []byte {
	var d struct {
		MediaType string `json:"mediaType"`
		Bundle    *struct {
			Payload []byte `json:"payload"`
		} `json:"dsseEnvelope"`
		Payload   []byte          `json:"payload"`
		Type      string          `json:"_type"`
		Predicate json.RawMessage `json:"predicate"`
	}
	if json.Unmarshal(raw, &d) != nil { // fields that are not named here are skipped, and take no memory
		return raw
	}
	switch {
	case d.Bundle != nil && strings.HasPrefix(d.MediaType, signature.BundleType):
		return stated(d.Bundle.Payload)
	case d.Type == "" && len(d.Payload) > 0 && d.Predicate == nil:
		return stated(d.Payload)
	case strings.HasPrefix(d.Type, "https://in-toto.io/Statement/") && len(d.Predicate) > 0:
		return d.Predicate
	}
	return raw
}
