package trust

import (
	"context"
	"encoding/json"

	"lxdocker/internal/failure"
	"lxdocker/internal/oci"
)

// manifest is what matters of the manifest of an attachment (OCI image-spec manifest.md).
type manifest struct {
	ArtifactType string            `json:"artifactType"`
	Layers       []oci.Descriptor  `json:"layers"`
	Annotations  map[string]string `json:"annotations"`
}

func parseManifest(raw []byte) (m manifest, err error) {
	if len(raw) > maxManifest {
		return m, failure.Errorf(failure.TooLarge, "the manifest of an attachment has more than %d bytes", maxManifest)
	}
	if err := oci.CheckValues(raw); err != nil {
		return m, err
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, failure.Errorf(failure.Corrupt, "the manifest of an attachment is not JSON: %w", err)
	}
	return m, nil
}

// blob fetches a small blob. Its digest is that of the bytes.
func (s *search) blob(ctx context.Context, d oci.Descriptor, limit int64) ([]byte, error) {
	if !oci.ValidDigest(d.Digest) || d.Size <= 0 || d.Size > limit {
		return nil, failure.Errorf(failure.Unsupported, "an attachment of %d bytes is no signature: more than %d are not read", d.Size, limit)
	}
	if err := s.take(d.Size); err != nil {
		return nil, err
	}
	return s.source.Config(ctx, d)
}
