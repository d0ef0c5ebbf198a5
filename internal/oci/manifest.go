package oci

import (
	"encoding/json"
	"fmt"
	"strings"

	"lxdocker/internal/mediatype"
)

// Limits of documents, in bytes. Registries accept manifests of up to 4 MiB
// (distribution-spec, "Pushing Manifests").
const (
	MaxManifest = 4 << 20
	MaxConfig   = 8 << 20
)

// Descriptor points at a document or blob (OCI image-spec descriptor.md).
type Descriptor struct {
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

// Manifest is the manifest of one image: its config and its layers.
type Manifest struct {
	Config Descriptor
	Layers []Descriptor
}

// Document is a manifest or an index, in OCI's or in Docker's form.
type Document struct {
	Manifest *Manifest    // nil for an index
	Entries  []Descriptor // of an index
}

// ParseDocument reads an index or a manifest. Only the content decides which it is,
// since the digest covers nothing else, such as a Content-Type.
func ParseDocument(raw []byte) (Document, error) {
	var d struct {
		SchemaVersion int             `json:"schemaVersion"`
		MediaType     string          `json:"mediaType"`
		ArtifactType  string          `json:"artifactType"`
		Config        *Descriptor     `json:"config"`
		Layers        []Descriptor    `json:"layers"`
		Manifests     *[]Descriptor   `json:"manifests"`
		FSLayers      json.RawMessage `json:"fsLayers"`
	}
	if err := CheckValues(raw); err != nil {
		return Document{}, err
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		return Document{}, corruptf("it is not the JSON of a manifest: %w", err)
	}
	switch {
	case mediatype.IsSchema1(d.MediaType), d.SchemaVersion == 1, d.FSLayers != nil:
		return Document{}, unsupportedf("it has a manifest of Docker's schema 1, which was replaced in 2016; push it again with a current tool")
	case d.Manifests != nil && (d.Config != nil || d.Layers != nil):
		// One program would read it as an index and another as an image, so
		// what one verified is not what the other runs (CVE-2021-41190).
		return Document{}, corruptf("it is index and manifest at once")
	case d.Manifests != nil:
		if d.MediaType != "" && !mediatype.IsIndex(d.MediaType) {
			return Document{}, corruptf("it lists manifests, but calls itself %s", clean(d.MediaType))
		}
		return Document{Entries: *d.Manifests}, nil
	case d.MediaType != "" && !mediatype.IsManifest(d.MediaType):
		return Document{}, unsupportedf("its manifest has the media type %s", clean(d.MediaType))
	case d.Config == nil:
		return Document{}, corruptf("it is no manifest: it has neither a config nor a list of manifests")
	}
	m := &Manifest{Config: *d.Config, Layers: d.Layers}
	if err := m.check(d.MediaType, d.ArtifactType); err != nil {
		return Document{}, err
	}
	return Document{Manifest: m}, nil
}

// check reports why a manifest is not that of an image.
func (m *Manifest) check(mediaType, artifactType string) error {
	switch t := m.Config.MediaType; {
	case mediatype.Is(t, mediatype.OCIConfig, mediatype.DockerConfig):
	case mediatype.Is(mediaType, mediatype.DockerManifest) && mediatype.Is(t, "", "application/octet-stream"):
		// Some registries of 2016 used this type; Docker still accepts it.
	case artifactType != "" && mediatype.Is(t, mediatype.Empty):
		return unsupportedf("it is an artifact of type %s%s", clean(artifactType), inWords(artifactType))
	default:
		return unsupportedf("it is an artifact whose config has the media type %s%s", clean(t), inWords(t))
	}
	if err := m.Config.check(MaxConfig); err != nil {
		return fmt.Errorf("config: %w", err)
	}
	if m.Config.Size == 0 {
		return corruptf("config: no size is given")
	}
	for i, l := range m.Layers {
		if err := l.checkLayer(); err != nil {
			return fmt.Errorf("layer %d of %d: %w", i+1, len(m.Layers), err)
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

// check validates a descriptor before it is followed; limit is in bytes, 0 for none.
func (d Descriptor) check(limit int64) error {
	switch {
	case !ValidDigest(d.Digest):
		return corruptf("%q is no sha256 digest", d.Digest)
	case d.Size < 0:
		return corruptf("%s has the size %d", d.Digest, d.Size)
	case limit > 0 && d.Size > limit:
		return tooLargef("%s has %d bytes; more than %d are not read", d.Digest, d.Size, limit)
	}
	return nil
}

// CheckSize compares a document with the size in its descriptor, if that has one.
func (d Descriptor) CheckSize(raw []byte) error {
	if d.Size != 0 && d.Size != int64(len(raw)) {
		return corruptf("reading %s: it has %d bytes, and is said to have %d", d.Digest, len(raw), d.Size)
	}
	return nil
}

func (d Descriptor) checkLayer() error {
	if err := d.check(0); err != nil {
		return err
	}
	return mediatype.CheckLayer(d.MediaType)
}

// Attestation reports whether an entry of an index is not an image, but describes
// another entry, like BuildKit's provenance and SBOMs (T11).
func (d Descriptor) Attestation() bool {
	return d.Annotations["vnd.docker.reference.type"] != ""
}

// platform returns the platform of an entry. known is false if it names none, as with
// single-platform pushes by buildah; linux is false if it is for another system, or
// not an image at all.
func (d Descriptor) platform() (p Platform, known, linux bool) {
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
