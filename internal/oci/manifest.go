package oci

import (
	"encoding/json"
	"fmt"
	"strings"

	"lxdocker/internal/failure"
	"lxdocker/internal/mediatype"
)

// Limits of what is read into memory. Registries themselves take manifests of
// up to 4 MiB (distribution-spec, "Pushing Manifests").
const (
	maxManifest = 4 << 20
	maxConfig   = 8 << 20
)

// descriptor points at a document or blob (OCI image-spec descriptor.md).
type descriptor struct {
	MediaType    string            `json:"mediaType"`
	Digest       string            `json:"digest"`
	Size         int64             `json:"size"`
	Annotations  map[string]string `json:"annotations"`
	ArtifactType string            `json:"artifactType"`
	Platform     *struct {
		Architecture string `json:"architecture"`
		OS           string `json:"os"`
		Variant      string `json:"variant"`
	} `json:"platform"`
}

// manifest is the manifest of one image: its config and its layers.
type manifest struct {
	config descriptor
	layers []descriptor
}

// document is a manifest or an index, in OCI's or in Docker's form.
type document struct {
	manifest *manifest    // nil for an index
	entries  []descriptor // of an index
}

// unsupported is an error about what is well made but not a container image (T13).
func unsupported(format string, args ...any) error {
	return failure.Errorf(failure.Unsupported, "not a container image: "+format, args...)
}

func corruptf(format string, args ...any) error {
	return failure.Errorf(failure.Corrupt, format, args...)
}

func tooLargef(format string, args ...any) error {
	return failure.Errorf(failure.TooLarge, format, args...)
}

func notFoundf(format string, args ...any) error {
	return failure.Errorf(failure.NotFound, format, args...)
}

// parseDocument reads an index or a manifest. Only the content decides which it
// is: the digest vouches for that, and for nothing that a server says beside it.
func parseDocument(raw []byte) (document, error) {
	var d struct {
		SchemaVersion int             `json:"schemaVersion"`
		MediaType     string          `json:"mediaType"`
		ArtifactType  string          `json:"artifactType"`
		Config        *descriptor     `json:"config"`
		Layers        []descriptor    `json:"layers"`
		Manifests     *[]descriptor   `json:"manifests"`
		FSLayers      json.RawMessage `json:"fsLayers"`
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		return document{}, corruptf("it is not the JSON of a manifest: %w", err)
	}
	switch {
	case mediatype.IsSchema1(d.MediaType), d.SchemaVersion == 1, d.FSLayers != nil:
		return document{}, unsupported("it has a manifest of Docker's schema 1, which was replaced in 2016; push it again with a current tool")
	case d.Manifests != nil && (d.Config != nil || d.Layers != nil):
		// One program would read it as an index and another as an image
		// (CVE-2021-41190), so nobody could know what was checked.
		return document{}, corruptf("it is index and manifest at once")
	case d.Manifests != nil:
		if d.MediaType != "" && !mediatype.IsIndex(d.MediaType) {
			return document{}, corruptf("it lists manifests, but calls itself %s", printable(d.MediaType))
		}
		return document{entries: *d.Manifests}, nil
	case d.MediaType != "" && !mediatype.IsManifest(d.MediaType):
		return document{}, unsupported("its manifest has the media type %s", printable(d.MediaType))
	case d.Config == nil:
		return document{}, corruptf("it is no manifest: it has neither a config nor a list of manifests")
	}
	m := &manifest{config: *d.Config, layers: d.Layers}
	if err := m.check(d.MediaType, d.ArtifactType); err != nil {
		return document{}, err
	}
	return document{manifest: m}, nil
}

// check holds a manifest against what an image must be.
func (m *manifest) check(mediaType, artifactType string) error {
	switch t := m.config.MediaType; {
	case mediatype.Is(t, mediatype.OCIConfig, mediatype.DockerConfig):
	case mediatype.Is(mediaType, mediatype.DockerManifest) && mediatype.Is(t, "", "application/octet-stream"):
		// Some registries of 2016 named configs so; Docker still takes them.
	case artifactType != "" && mediatype.Is(t, mediatype.Empty):
		return unsupported("it is an artifact of type %s%s", printable(artifactType), inWords(artifactType))
	default:
		return unsupported("it is an artifact whose config has the media type %s%s", printable(t), inWords(t))
	}
	if err := m.config.check(maxConfig); err != nil {
		return fmt.Errorf("config: %w", err)
	}
	if m.config.Size == 0 {
		return corruptf("config: no size is given")
	}
	for i, l := range m.layers {
		if err := l.checkLayer(); err != nil {
			return fmt.Errorf("layer %d of %d: %w", i+1, len(m.layers), err)
		}
	}
	return nil
}

func inWords(mediaType string) string {
	if name := mediatype.Artifact(mediaType); name != "" {
		return " (" + name + ")"
	}
	return ""
}

// check checks what must hold before a descriptor is followed; limit is in
// bytes, 0 for none.
func (d descriptor) check(limit int64) error {
	switch {
	case !validDigest(d.Digest):
		return corruptf("%q is no sha256 digest", d.Digest)
	case d.Size < 0:
		return corruptf("%s has the size %d", d.Digest, d.Size)
	case limit > 0 && d.Size > limit:
		return tooLargef("%s has %d bytes; more than %d are not read", d.Digest, d.Size, limit)
	}
	return nil
}

func (d descriptor) checkLayer() error {
	if err := d.check(0); err != nil {
		return err
	}
	_, err := mediatype.OfLayer(d.MediaType)
	return err
}

// attestation reports whether an entry of an index is about another one
// (BuildKit's provenance and SBOMs) instead of an image (T11).
func (d descriptor) attestation() bool {
	return d.Annotations["vnd.docker.reference.type"] != ""
}

// platform returns what an entry says about its platform. known is false if it
// says nothing, as single-platform pushes by buildah do; linux is false if it
// is for another system, or is no image at all.
func (d descriptor) platform() (p Platform, known, linux bool) {
	if d.Platform == nil || d.Platform.OS == "" && d.Platform.Architecture == "" {
		return Platform{}, false, true
	}
	if os := strings.ToLower(d.Platform.OS); os != "linux" && os != "" {
		return Platform{}, true, false
	}
	if d.Platform.Architecture == "" {
		return Platform{}, false, true
	}
	p = Platform{d.Platform.Architecture, d.Platform.Variant}.normal()
	return p, true, p.Architecture != "unknown"
}
