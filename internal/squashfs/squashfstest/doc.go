// Package squashfstest reads squashfs images with three independent readers, unsquashfs,
// rdsquashfs and the kernel, and compares the result with a rootfs.Tree or a tar archive. It
// is for tests only. A reader that is not installed, or may not mount, is skipped in a
// subtest of its own.
package squashfstest
