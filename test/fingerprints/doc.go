// Package fingerprints has no code, only a test: the bytes of images are pinned.
//
// Two hundred stacks of layers, drawn from fixed seeds, become images in every
// format and at every compression level, on the way that every image goes: layer,
// rootfs, lxdimage with squashfs and tarball. Their fingerprints are in testdata.
// What the guest package adds to an image is left out, because it may change.
package fingerprints
