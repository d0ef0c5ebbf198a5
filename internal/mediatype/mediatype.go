package mediatype

import (
	"slices"
	"strings"
)

// Media types of documents.
const (
	OCIIndex       = "application/vnd.oci.image.index.v1+json"
	OCIManifest    = "application/vnd.oci.image.manifest.v1+json"
	DockerList     = "application/vnd.docker.distribution.manifest.list.v2+json"
	DockerManifest = "application/vnd.docker.distribution.manifest.v2+json"

	OCIConfig    = "application/vnd.oci.image.config.v1+json"
	DockerConfig = "application/vnd.docker.container.image.v1+json"
	// Empty is the config of an artifact that has none.
	Empty = "application/vnd.oci.empty.v1+json"

	schema1 = "application/vnd.docker.distribution.manifest.v1+" // json or prettyjws
)

// Base returns a media type in lower case and without parameters.
func Base(t string) string {
	base, _, _ := strings.Cut(t, ";")
	return strings.ToLower(strings.TrimSpace(base))
}

// Is reports whether a media type is one of several.
func Is(t string, types ...string) bool {
	return slices.Contains(types, Base(t))
}

// IsIndex reports whether a document of this type lists manifests.
func IsIndex(t string) bool { return Is(t, OCIIndex, DockerList) }

// IsManifest reports whether a document of this type is the manifest of one image.
func IsManifest(t string) bool { return Is(t, OCIManifest, DockerManifest) }

// IsSchema1 reports whether a document of this type is a manifest of Docker's
// schema 1, which schema 2 replaced in 2016.
func IsSchema1(t string) bool { return strings.HasPrefix(Base(t), schema1) }

// AcceptManifests is the header by which a registry is asked for all of them.
func AcceptManifests() string {
	return strings.Join([]string{OCIIndex, OCIManifest, DockerList, DockerManifest}, ", ")
}
