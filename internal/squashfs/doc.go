// Package squashfs writes a rootfs.Tree as a squashfs 4.0 image: zstd, blocks
// of 1 MiB, the same tree always the same bytes.
//
// The work was mostly done before: what files hold lies in blocks already
// (package block), and these are copied as they are, those of the lowest layer
// first. Contents that are equal are stored once. Everything else is tables,
// which are small and made in memory; so the size of an image is known before
// its first byte, and it is written front to back.
//
// The format is as the kernel's Documentation/filesystems/squashfs.rst and
// Zachary Dremann's "Squashfs Binary Format",
// https://dr-emann.github.io/squashfs/, describe it. All numbers are little
// endian. An image is
//
//	superblock | data blocks and fragments | inodes | directories |
//	fragment table | export table | id table | extended attributes | padding
//
// The package opens no file but one without a name in Options.Scratch, and
// starts no program.
package squashfs
