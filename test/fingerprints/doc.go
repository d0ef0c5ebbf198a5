// Package fingerprints contains no code, only a test that pins the bytes of images.
//
// Two hundred stacks of layers, drawn from fixed seeds, become images in every format and at
// every compression level, through the packages that every image goes through: layer,
// rootfs, and lxdimage with squashfs and tarball. Their fingerprints are in testdata. What
// package guest adds to an image is left out, because that may change; internal/convert pins it.
package fingerprints
