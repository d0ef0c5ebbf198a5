package main

import (
	"path/filepath"
	"regexp"

	"lxdocker/internal/oci"
)

// archiveName takes the extension off the name of an archive.
var archiveName = regexp.MustCompile(`^(.+?)\.(?:tar(?:\.(?:gz|zst|zstd))?|tgz|tzst)$`)

// label is what an image without a spec is shown as: the last part of its repository, or
// the name of its folder or file, however the path is written. That is never in the image.
func label(ref oci.Reference) string {
	if ref.Kind() == oci.Registry {
		return ref.BaseName()
	}
	file, err := filepath.Abs(ref.Path())
	if err != nil {
		file = ref.Path() // there is no working folder any more
	}
	name := filepath.Base(file)
	if ref.Kind() == oci.Layout {
		return name
	}
	return archiveName.ReplaceAllString(name, "$1")
}
