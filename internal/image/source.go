package image

import (
	"path"
	"strings"
)

// SourceName is what clients may know of a source: a reference to a registry in
// full, but no folder of the machine that converted it, where the same layout
// elsewhere is the same image.
func SourceName(source string) string {
	kind, place, _ := strings.Cut(source, ":")
	switch kind {
	case "oci", "oci-archive", "docker-archive":
		return kind + ":" + path.Base(place)
	}
	return source
}
