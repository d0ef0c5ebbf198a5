// Package squashfs writes a rootfs.Tree as a squashfs 4.0 image with zstd and blocks of 1 MiB.
// The same tree always gives the same bytes.
//
// Most of the work has been done before: the contents of files are in blocks already (package
// block), and these are copied unchanged, those of the lowest layer first. Equal contents are
// stored once. Everything else is tables, which are small and made in memory. So the size of
// an image is known before its first byte, and an image is written front to back.
//
// The format is described by the kernel's Documentation/filesystems/squashfs.rst and by
// Zachary Dremann's "Squashfs Binary Format", https://dr-emann.github.io/squashfs/. All
// numbers are little endian. An image consists of
//
//	superblock | data blocks and fragments | inodes | directories |
//	fragment table | export table | id table | extended attributes | padding
//
// The package opens no file except an unnamed one in Options.Scratch, and starts no program.
package squashfs
