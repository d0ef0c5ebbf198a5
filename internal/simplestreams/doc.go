// Package simplestreams renders a catalog as the two JSON files that LXD and Incus read from
// an image server: streams/v1/index.json, which names streams/v1/images.json, which lists
// the images' files with their hashes.
//
// No specification of the format matches what clients do. The package writes what the
// clients' own parsers need: shared/simplestreams/products.go and sort.go of LXD 5.0 to 6
// and of Incus 6 and 7.
//
// Rendering is pure: the same catalog gives the same bytes. The package uses no network and
// reads no disk.
package simplestreams
