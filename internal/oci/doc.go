// Package oci is the words and documents of OCI images: references, platforms,
// descriptors, manifests and indexes, configs, and an image with its layers. It
// reads documents, holds them against what they must be, and walks from an index to
// the image for one platform.
//
// Where images come from is the business of the packages below it: registry speaks
// to registries, archive reads layouts and archives on disk, source is both. They
// implement Source, and none of them is imported here.
//
// The package never opens a file or a connection and never unpacks anything. It
// never verifies a layer: Image.Open streams what the source has, and package layer
// holds it against digest, size and diffID.
package oci
