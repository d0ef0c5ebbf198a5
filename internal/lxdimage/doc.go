// Package lxdimage writes LXD and Incus images: metadata.yaml with its templates,
// config.json, and the two forms that an image can have.
//
//   - split: lxd.tar.xz (metadata) and rootfs.squashfs, with rootfs.tar.gz in addition
//     where Incus needs that;
//   - unified: one tarball with metadata.yaml, templates/ and rootfs/.
//
// Sources: LXD shared/api/image.go (metadata), lxd/images.go (forms of an upload).
//
// The files go to an Output of the caller. The package reads no clock and knows no
// registry, so the same input gives the same bytes.
package lxdimage
