// Package oracle has no code, only tests: it compares our merging of layers with that of
// other programs. Random stacks are written as real layers, merged by packages layer and
// rootfs, and unpacked to disk by
//
//   - github.com/moby/go-archive, which is dockerd's own code, into one folder,
//   - the same into a folder for each layer, which the kernel's overlayfs merges: what
//     dockerd does on most machines (its driver overlay2), and
//   - Debian's umoci, into one folder.
//
// Then names, types, modes, owners, times, link targets, hardlinks, extended attributes
// and contents are compared. The merged trees are also written as squashfs and read back.
// The oracles need root to unpack, so these tests do, too. It is a module of its own, so
// that its dependencies never become dependencies of the product. Package rootfs asks the
// kernel itself, about layers that these generators leave out.
//
// # Known differences
//
// Where the oracles differ, overlay2 decides (docs/adr/0012). The generator leaves such
// input out, or the comparison allows for it:
//
//   - All apply whiteouts in the order of the archive, and through symbolic links. In
//     go-archive they hide names of their own layer, too; only opaque ones spare those,
//     but not if a parent has no entry. According to the OCI image specification they
//     hide lower layers only, and so they do here, wherever in the layer they are, and
//     never through a link. Generated layers begin with their whiteouts, outer ones first,
//     each with entries for its parents, as all real tools write them.
//   - A name below a link of a lower layer, without an entry for the directory, goes
//     where the link points in go-archive and umoci. In overlay2 and here a directory
//     replaces the link. Generated names have entries for all their parents.
//   - A whiteout and a directory of the same name in one layer is a directory that still
//     shows what is below in overlay2. Here, and in both others, what is below is gone.
//   - An opaque whiteout at the root hides nothing in overlay2, because the kernel does not
//     ask for it there.
//   - A directory over a file of its own layer shows what lower layers have in a directory
//     of that name, in overlay2 and here. In go-archive and umoci that is gone.
//   - umoci does not create the parents of a whiteout, as all others do.
//   - A hardlink before its target is an error in all; we resolve it later. One whose
//     target is in a lower layer is an error in overlay2.
//   - The owner, mode and time in the header of a hardlink are applied to the
//     shared inode by go-archive. We ignore them, because they can only repeat the
//     header of the target, or be wrong. Generated ones repeat it.
//   - A directory with another entry in an upper layer keeps its old extended
//     attributes in go-archive; the upper layer's replace them in umoci and here.
//   - A directory that its own layer replaces later, or makes unreachable under the
//     same name, is an error in go-archive, which sets the times of directories last.
//     In umoci and here, the later entry wins.
//   - An entry whose path goes through the symbolic link that it replaces is an error
//     in go-archive.
//   - An entry below something that is no directory in its layer is an error in all
//     (newer umoci does what we do: a directory replaces it).
//   - A path through a relative symbolic link that points above the root is an error
//     in go-archive; the kernel, umoci and we stop at the root.
//   - go-archive skips an entry for the root itself, so the root is not compared.
//   - Directories without an entry are 0755 and owned by root in overlay2, whatever lower
//     layers say of them; in containerd, both others and here they stay as they were.
//   - Directories without an entry have the current time in all, and so have, in
//     go-archive, directories in which an upper layer created something. Here they
//     have rootfs.Epoch, and the time of their own entry. Times after the start of the
//     test are not compared.
//   - A directory without an entry, below one with the setgid bit, gets the group of
//     that from the kernel. Here its group is root.
//   - umoci keeps times before 1970; we, squashfs and go-archive make them 1970.
//   - We empty /dev, and the others keep it; nothing is generated there.
//   - umoci loses extended attributes without a value.
//   - All keep all extended attributes; only security.capability and user.* are
//     compared.
package oracle
