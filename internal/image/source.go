package image

import "strings"

// SourceName is the part of a source that clients may know and that is written into an
// image: the full reference for a registry; for a layout or an archive, its kind and the
// name that it gives to the image itself. The name of a folder or file says nothing about
// the image: a copy elsewhere is the same image.
func SourceName(source string) string {
	kind, rest, _ := strings.Cut(source, ":")
	switch kind {
	case "oci", "oci-archive", "docker-archive":
		if _, name, _ := strings.Cut(rest, ":"); name != "" {
			return kind + ":" + name
		}
		return kind
	}
	return source
}
