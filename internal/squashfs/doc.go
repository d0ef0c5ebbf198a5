// Package squashfs writes a rootfs.Tree as a squashfs 4.0 image: zstd, blocks
// of 1 MiB, the same tree always the same bytes.
//
// For now the format itself is made by the program tar2sqfs (squashfs-tools-ng),
// fed with a sorted tar through a pipe; Write is the one function that knows
// this, so a writer of our own can take its place. Nothing of the tree is ever
// extracted to disk.
package squashfs
