// Package lxdimage writes LXD and Incus images: metadata.yaml with its templates, config.json,
// and the two forms of an image.
//
//   - split: lxd.tar.xz (metadata) and rootfs.squashfs, plus rootfs.tar.gz where Incus
//     needs that;
//   - unified: one tarball with metadata.yaml, templates/ and rootfs/.
//
// Sources: LXD shared/api/image.go (metadata), lxd/images.go (forms of an upload).
//
// The caller supplies an Output for the files. The package reads no clock and knows no
// registries, so the same input gives the same bytes.
package lxdimage
