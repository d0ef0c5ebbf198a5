// Package rootfs merges the layers of an image, and our own edits, into one
// file system tree.
//
// A Tree is names and inodes in memory; what regular files hold stays behind
// the Content interface, so a tree costs memory by its number of names, not by
// its bytes. Layers are applied with Docker's semantics: the result is what
// dockerd would have on disk (where the OCI image specification and dockerd
// part ways, [Tree.Apply] says what happens here).
//
// The package is pure. It never touches a disk, a network or a clock, never
// needs root, and so no name and no symbolic link in an image can reach
// anything outside the tree.
package rootfs
