// Package delta encodes how to make the new version of a file, the target, from the old one,
// the source. The result is a VCDIFF delta (RFC 3284), which clients apply with
//
//	xdelta3 -f -d -s SOURCE DELTA TARGET
//
// It is designed for images of package squashfs. Two versions over the same lower layers
// begin with the same bytes, except for the superblock. Where they differ, they are
// compressed, so nothing can be gained inside. Equal bytes at the same offset are found by
// comparing. Only beyond that does the package index samples of the rest of the source and
// search the target for them. Any two files may be given; a delta is never much larger than
// its target.
//
// Check is a decoder of its own. A publisher uses it to verify each delta, because clients
// have no other way to an image once its delta has failed.
//
// Encoder and decoder read each byte once, in pieces, and need a few dozen MiB whatever the
// size of the files. The same two files give the same delta, on any number of cores. The
// package opens no files, knows no images, and starts no programs.
package delta
