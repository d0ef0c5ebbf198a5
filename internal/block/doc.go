// Package block cuts what regular files hold into compressed blocks, in the form
// in which squashfs stores them, and reads them back.
//
// A file of at least Size bytes has blocks of its own, the last one shorter;
// smaller files share blocks, the fragments, with their neighbours. Blocks are
// compressed once, on all cores, appended to a file in a fixed order, and
// described by a Table. Whoever has both, a Store, can copy blocks as they are
// into a squashfs (package squashfs) or read contents from them.
//
// The bytes depend on the contents, their order and the Level, and on nothing
// else: not on the number of cores, and not on how the contents arrived.
//
// The package knows no names, no layers and no images, and never decides where
// files lie.
package block
