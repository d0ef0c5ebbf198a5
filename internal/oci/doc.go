// Package oci defines the names and documents of OCI images: references, platforms,
// descriptors, manifests and indexes, configs, and an image with its layers. It parses
// documents, validates them, and finds the image for one platform in an index.
//
// The packages below it supply images: registry speaks to registries, archive reads layouts
// and archives on disk, and source chooses between them. They implement Source; this package
// imports none of them.
//
// The package never opens a file or a connection and never unpacks anything. It does not
// verify layers: Image.Open streams what the source has, and package layer checks digest,
// size and diffID.
package oci
