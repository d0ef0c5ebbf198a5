// Package tarball writes a rootfs.Tree as a tar archive. The same tree gives the same bytes,
// whatever the machine, the time or the number of CPUs.
//
// Entries are in the order of the tree, parents first. The first name of a hardlinked file has
// the content, so no link precedes its target. Extended attributes are PAX records
// (SCHILY.xattr.*), which GNU tar and archive/tar read.
//
// The package never touches the disk and knows nothing of LXD. Callers compress, and add
// anything else that the archive needs.
package tarball
