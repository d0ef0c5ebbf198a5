// Package block cuts the contents of regular files into compressed blocks, in the form in
// which squashfs stores them, and reads them back.
//
// A file of at least Size bytes has blocks of its own, the last of which may be shorter.
// Smaller files share blocks, called fragments, with their neighbours. Blocks are compressed
// once, on all cores, and appended to a file in a fixed order; a Table describes them. With
// both, a Store copies blocks unchanged into a squashfs (package squashfs), or reads contents.
//
// The bytes depend only on the contents, their order and the Level, not on the number of
// cores or on how the contents arrive.
//
// The package knows no names, layers or images, and does not decide where files are.
package block
