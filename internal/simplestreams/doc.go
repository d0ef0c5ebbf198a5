// Package simplestreams writes a catalog as the two JSON files that LXD and
// Incus read from an image server: streams/v1/index.json, which names
// streams/v1/images.json, which names the images' files with their hashes.
//
// The format has no specification that clients keep to. What is written here is
// what the clients' own readers need: shared/simplestreams/products.go and
// sort.go of LXD 5.0 to 6 and of Incus 6 and 7.
//
// Rendering is pure: the same catalog gives the same bytes. The package talks
// to no network and reads no disk.
package simplestreams
