// Package block cuts the contents of regular files into compressed blocks, in the form in
// which squashfs stores them, and reads them back.
//
// A file of at least Size bytes has blocks of its own, of which the last one is shorter.
// Smaller files share blocks, called fragments, with their neighbours. Blocks are
// compressed once, on all cores, appended to a file in a fixed order, and described by a
// Table. From both, a Store, blocks can be copied as they are into a squashfs (package
// squashfs), or contents can be read.
//
// The bytes depend only on the contents, their order and the Level: not on the number of
// cores, and not on how the contents arrive.
//
// The package knows no names, no layers and no images, and never decides where files are.
package block
