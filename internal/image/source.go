package image

import "strings"

// SourceName is what clients may know of a source, and what stands in an image: a
// reference to a registry in full; of a layout or an archive its kind, and what that
// itself calls the image. What a folder or file of the machine is called says nothing about
// the image: the same one elsewhere is the same image.
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
