// Package delta encodes how the new version of a file, the target, is made from the
// old one, the source: as a VCDIFF delta (RFC 3284) that clients apply with
//
//	xdelta3 -f -d -s SOURCE DELTA TARGET
//
// It is made for images of package squashfs. Two versions over the same lower layers
// begin alike but for the superblock, and where they differ they are compressed, so
// that nothing is to be gained inside. Equal bytes at the same offset are found by
// comparing. Only where that ends are samples of the rest of the source indexed, and
// the target is searched for them. Any two files may be given; a delta is never much
// larger than its target.
//
// Check is the other half: a decoder of its own, for a publisher who must be sure,
// because clients have no other way to an image once its delta has failed.
//
// Both read each byte once, in pieces, and hold a few dozen MiB whatever the size of
// the files. The same two files become the same delta, on any number of cores. The
// package opens no file, knows no image, and starts no program.
package delta
