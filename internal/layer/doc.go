// Package layer turns layer blobs into packs. A pack is one layer, verified to the last byte,
// parsed once and kept under its digest. It consists of an index of the layer's entries and a
// file of compressed blocks (package block) with the contents of its regular files. All
// images with that layer are made from the pack. The blob is not kept, and not needed again.
//
// Blobs are not trusted. Size, digest and diffID are verified before a pack exists, the size
// of the archive is limited, and no name in it becomes a name on disk. The meaning of entries
// is not decided here: package rootfs applies whiteouts, links and names. The compressions
// of blobs are in decompress.go; their media types are in package mediatype.
//
// The package never opens a network connection and does not decide what to fetch: callers
// supply the bytes. Several processes may use one folder.
package layer
