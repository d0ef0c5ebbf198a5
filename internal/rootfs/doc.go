// Package rootfs merges the layers of an image, and our own edits, into one
// file system tree.
//
// A Tree is names and inodes in memory, as numbers in a few long lists: strangers' images
// have millions of names. The contents of regular files stay behind the
// Content interface, so a tree takes memory by the number of its names, not of its
// bytes. Layers are applied with Docker's semantics: the result is what dockerd would
// have on disk. Where the OCI image specification and dockerd differ, [Tree.Apply] says
// what happens here.
//
// The package is pure. It never touches a disk, a network or a clock, and never needs
// root. So no name and no symbolic link in an image can reach anything outside the
// tree.
package rootfs
