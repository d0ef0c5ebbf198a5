package mediatype

import (
	"strings"

	"lxdocker/internal/failure"
	"lxdocker/internal/terminal"
)

// Media types of layers, which are tar archives.
const (
	Tar     = "application/vnd.oci.image.layer.v1.tar"
	TarGzip = Tar + "+gzip"
	TarZstd = Tar + "+zstd"

	dockerTar = "application/vnd.docker.image.rootfs.diff.tar"
	// Layers that their owners do not let everybody distribute, like those of
	// Windows. Some registries hold them all the same.
	ociNondistributable = "application/vnd.oci.image.layer.nondistributable.v1.tar"
	dockerForeign       = "application/vnd.docker.image.rootfs.foreign.diff.tar"
)

// layers says how the layers are compressed that can be read. Docker's with zstd
// are in no specification, but in registries.
var layers = map[string]Compression{
	Tar:                           Uncompressed,
	TarGzip:                       Gzip,
	TarZstd:                       Zstd,
	dockerTar:                     Uncompressed,
	dockerTar + ".gzip":           Gzip,
	dockerTar + ".zstd":           Zstd,
	ociNondistributable:           Uncompressed,
	ociNondistributable + "+gzip": Gzip,
	ociNondistributable + "+zstd": Zstd,
	dockerForeign:                 Uncompressed,
	dockerForeign + ".gzip":       Gzip,
	dockerForeign + ".zstd":       Zstd,
}

// OfLayer returns how a layer of this type is compressed. If such a layer cannot
// be read, the error says why, and its kind is failure.Unsupported.
func OfLayer(t string) (Compression, error) {
	base := Base(t)
	if c, ok := layers[base]; ok {
		return c, nil
	}
	shown := terminal.Clean(t, 200)
	switch {
	case strings.HasSuffix(base, "+encrypted"):
		return Unknown, failure.Errorf(failure.Unsupported, "it is encrypted (media type %s), and nobody here has the key", shown)
	case strings.HasPrefix(base, "application/vnd.oci.image.layer."), strings.HasPrefix(base, "application/vnd.docker.image.rootfs."):
		return Unknown, failure.Errorf(failure.Unsupported, "its compression is not known here (media type %s): only gzip, zstd and uncompressed layers are", shown)
	}
	if name := Artifact(base); name != "" {
		shown += ", " + name
	}
	return Unknown, failure.Errorf(failure.Unsupported, "it holds no file system (media type %s)", shown)
}

// IsNondistributable reports whether a registry may lack a layer of this type,
// because it is to be fetched from the URLs in its descriptor.
func IsNondistributable(t string) bool {
	base := Base(t)
	return strings.HasPrefix(base, ociNondistributable) || strings.HasPrefix(base, dockerForeign)
}
