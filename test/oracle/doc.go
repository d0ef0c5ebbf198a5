// Package oracle holds no program, only tests: it asks others what a stack of
// layers means. Random stacks are written as real layers, merged by packages
// layer and rootfs, and unpacked to disk by
//
//   - github.com/moby/go-archive, which is dockerd's own code, and
//   - Debian's umoci,
//
// and then names, types, modes, owners, times, link targets, hardlinks, extended
// attributes and contents are compared. The merged trees then become squashfs,
// which must be read back alike. Both need root to unpack, so these tests
// do, too. It is a module of its own so that what they depend on never becomes a
// dependency of the product.
//
// # Where the others are known to differ
//
// The generator keeps such input out, or the comparison allows for it:
//
//   - Whiteouts act in the order of the archive in both. In go-archive also on
//     names of their own layer; only an opaque one spares those, but not when a
//     parent has no entry. The OCI image specification says that they hide lower
//     layers only, and so do we, wherever they stand. Generated layers
//     start with their whiteouts, outer ones first, each with entries for its
//     parents, as all real tools write them.
//   - Both make the parents of a whiteout; we make nothing for it.
//   - A hardlink before its target is an error in both; we wait for the target.
//   - The owner, mode and time in the header of a hardlink are applied to the
//     shared inode by go-archive; we ignore them, since they can only repeat what
//     the target's own header says, or be wrong. Generated ones repeat it.
//   - A directory that an upper layer describes again keeps its old extended
//     attributes in go-archive; the upper layer's replace them in umoci and here.
//   - A directory that its own layer describes and then replaces, or makes
//     unreachable under the name it used, is an error in go-archive, which sets
//     the times of directories last; the later entry wins in umoci and here.
//   - An entry that goes through the symbolic link that it replaces is an error in
//     go-archive.
//   - An entry below something that is no directory is an error in both (newer
//     umocis do as we do: a directory takes its place).
//   - A relative symbolic link that climbs above the root is an error in
//     go-archive when a name goes through it; the kernel, umoci and we stop at the
//     root.
//   - An entry for the root itself is skipped by go-archive, so the root is not
//     compared.
//   - Directories that nobody described have the current time in both, and in
//     go-archive so have directories in which an upper layer made something. Here
//     they have rootfs.Epoch, and the time of their own entry. Times of after the
//     start of the test are not compared.
//   - A directory that nobody described, below one with the setgid bit, gets that
//     one's group from the kernel. Here it is root's, whatever it is in.
//   - Times before 1970 are kept by umoci; we, squashfs and go-archive make them 1970.
//   - /dev is emptied here and kept by both; nothing is generated there.
//   - Extended attributes without a value are lost in umoci.
//   - Of the extended attributes both keep all; only security.capability and
//     user.* are compared.
package oracle
