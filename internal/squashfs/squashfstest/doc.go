// Package squashfstest has squashfs images read by three programs that are not
// ours, unsquashfs, rdsquashfs and the kernel, and says how what they see differs
// from what a rootfs.Tree or a tar archive holds. It is for tests. Of a reader
// that cannot work here, as it is not installed or may not mount, a subtest of
// its own says so.
package squashfstest
