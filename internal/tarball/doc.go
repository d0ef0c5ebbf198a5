// Package tarball writes a rootfs.Tree as a tar archive: the same tree gives
// the same bytes, whatever the machine, the time or the number of CPUs.
//
// Entries come in the tree's order, parents first, and the first name of a
// hardlinked file carries the content, so a reader never meets a link before
// its target. Extended attributes travel as PAX records (SCHILY.xattr.*), the
// form GNU tar and archive/tar read.
//
// The package never touches the disk and knows nothing of LXD: compression and
// what stands beside the tree in an archive are the caller's business.
package tarball
