// Package rootfs merges the layers of an image, and our own edits, into one file system tree.
//
// A Tree holds names and inodes in memory, as numbers in a few long lists, because images of
// strangers have millions of names. The contents of regular files stay behind the Content
// interface, so a tree's memory depends on the number of names, not on the size of files.
// Layers are applied with Docker's semantics: the result is what dockerd would have on disk.
// Where the OCI image specification and dockerd differ, [Tree.Apply] says what happens here.
//
// The package is pure: it never touches a disk, a network or a clock, and needs no root. So
// no name and no symbolic link in an image can reach anything outside of the tree.
package rootfs
