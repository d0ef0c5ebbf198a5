// Package layer turns layer blobs into packs. A pack is one layer, verified to the last
// byte, parsed once and kept under its digest: an index of its entries, and a file of
// compressed blocks (package block) with the contents of its regular files. Every image
// with that layer is made from the pack. The blob is neither kept nor needed again.
//
// Blobs are not trusted. Size, digest and the digest of the archive inside are verified
// before a pack exists, the size of the archive is limited, and no name in it ever
// becomes a name on disk. What entries mean is not decided here: package rootfs applies
// whiteouts, links and names.
//
// The package never opens a network connection and never decides what to fetch: callers
// bring the bytes. Several processes may use one folder.
package layer
