// Package lxdimage puts an LXD or Incus image together: metadata.yaml with its
// templates, config.json, architecture names, and the two forms an image has.
//
//   - split: lxd.tar.xz (metadata) beside rootfs.squashfs, and beside
//     rootfs.tar.gz where Incus needs that;
//   - unified: one tarball that holds metadata.yaml, templates/ and rootfs/.
//
// Sources: LXD shared/api/image.go (metadata), shared/osarch/architectures.go
// (names), lxd/images.go (what an upload may look like).
//
// Where the files go is the caller's business: an Output receives them. The
// package reads no clock and knows no registry, so the same input gives the
// same bytes.
package lxdimage
