// Package delta says how a new version of a file is made from an old one, as a
// VCDIFF delta (RFC 3284) that clients apply with
//
//	xdelta3 -f -d -s OLD DELTA OUT
//
// It is made for images of package squashfs: two versions over the same lower
// layers begin alike but for the superblock, and what differs is compressed, so
// that there is nothing to gain within it. What both have at the same place is
// found by comparing; only if that ends, samples of what is left of the old
// version are indexed, and the new one is searched for them. Any two files may be
// given; a delta is never much larger than what it makes.
//
// Check is the other half: a decoder of its own, for a publisher who must be
// sure, as clients have no other way to an image once its delta has failed.
//
// Both read each byte in pieces and hold a few dozen MiB whatever the size of the
// files. The same two files become the same delta, on any number of cores. The
// package opens no file, knows no image, and starts no program.
package delta
