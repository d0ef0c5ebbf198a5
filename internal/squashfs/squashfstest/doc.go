// Package squashfstest reads squashfs images with three programs that are not
// ours, unsquashfs, rdsquashfs and the kernel, and says how what they see differs
// from what a rootfs.Tree holds. It is for tests, which must run as root: others
// can give files no owners.
package squashfstest
