// Package layer turns layer blobs into packs. A pack is one layer, verified to
// the last byte, parsed once and kept under its digest: an index of its entries,
// and a file of compressed blocks (package block) with what its regular files
// hold. Every image that has the layer is then made from the pack; the blob is
// neither kept nor needed again.
//
// A blob is trusted in nothing. Its size, its digest and the digest of what it
// expands to are checked before it counts, what it may expand to is limited, and
// no name in it ever becomes a name on disk. What entries mean is not decided
// here: package rootfs applies whiteouts, links and names.
//
// The package never opens a network connection and never decides what to
// fetch: callers bring the bytes. Several processes may use one folder.
package layer
