// Package oracle has no code, only tests: it compares our merging of layers with that of
// other programs. Random stacks are written as real layers, merged by packages layer and
// rootfs, and unpacked to disk by
//
//   - github.com/moby/go-archive, which is dockerd's own code, and
//   - Debian's umoci,
//
// Then names, types, modes, owners, times, link targets, hardlinks, extended attributes
// and contents are compared. The merged trees are also written as squashfs and read back.
// Both oracles need root to unpack, so these tests do, too. It is a module of its own, so
// that its dependencies never become dependencies of the product.
//
// # Known differences
//
// The generator leaves such input out, or the comparison allows for it:
//
//   - Both apply whiteouts in the order of the archive. In go-archive they hide names
//     of their own layer, too; only opaque ones spare those, but not if a parent has
//     no entry. According to the OCI image specification they hide lower layers only,
//     and so they do here, wherever in the layer they are. Generated layers begin
//     with their whiteouts, outer ones first, each with entries for its parents, as
//     all real tools write them.
//   - Both create the parents of a whiteout; we create nothing.
//   - A hardlink before its target is an error in both; we resolve it later.
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
//   - An entry below something that is no directory is an error in both (newer
//     umoci does what we do: a directory replaces it).
//   - A path through a relative symbolic link that points above the root is an error
//     in go-archive; the kernel, umoci and we stop at the root.
//   - go-archive skips an entry for the root itself, so the root is not compared.
//   - Directories without an entry have the current time in both, and so have, in
//     go-archive, directories in which an upper layer created something. Here they
//     have rootfs.Epoch, and the time of their own entry. Times after the start of the
//     test are not compared.
//   - A directory without an entry, below one with the setgid bit, gets the group of
//     that from the kernel. Here its group is root.
//   - umoci keeps times before 1970; we, squashfs and go-archive make them 1970.
//   - We empty /dev, and both keep it; nothing is generated there.
//   - umoci loses extended attributes without a value.
//   - Both keep all extended attributes; only security.capability and user.* are
//     compared.
package oracle
