package mediatype

import (
	"strings"

	"lxdocker/internal/failure"
	"lxdocker/internal/terminal"
)

// Media types of layers, which are tar archives.
const (
	Tar     = ociLayers + "v1.tar"
	TarGzip = Tar + "+gzip"
	TarZstd = Tar + "+zstd"

	ociLayers    = "application/vnd.oci.image.layer."
	dockerLayers = "application/vnd.docker.image.rootfs."
	// Layers that their owners do not let everybody distribute, like those of
	// Windows. Some registries hold them all the same.
	ociNondistributable = ociLayers + "nondistributable.v1.tar"
	dockerForeign       = dockerLayers + "foreign.diff.tar"
)

// CheckLayer refuses what is not the type of a layer that can be read, with an error of
// kind failure.Unsupported that says why. How a layer is compressed only its bytes say
// ([Sniff]): a type is a hint, which some tools get wrong, and digests cover the bytes.
// Docker's types with zstd are in no specification, but in registries. A layer without a
// type is taken, too.
func CheckLayer(t string) error {
	base := Base(t)
	shown := terminal.Clean(t, 200)
	switch {
	case strings.HasSuffix(base, "+encrypted"):
		return failure.Publicf(failure.Unsupported, "it is encrypted (media type %s), and there is no key for it", shown)
	case base == "", strings.HasPrefix(base, ociLayers), strings.HasPrefix(base, dockerLayers):
		return nil
	}
	if name := Artifact(base); name != "" {
		shown += ", " + name
	}
	return failure.Publicf(failure.Unsupported, "it holds no file system (media type %s)", shown)
}

// IsNondistributable reports whether a registry may lack a layer of this type,
// because it is to be fetched from the URLs in its descriptor.
func IsNondistributable(t string) bool {
	base := Base(t)
	return strings.HasPrefix(base, ociNondistributable) || strings.HasPrefix(base, dockerForeign)
}
