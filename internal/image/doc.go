// Package image defines what is published, in words that every package uses. A Product is an
// image for one architecture, a Version is one build of it, a File is one of its files, and a
// Form is what a client downloads as one image. The package decides which versions are
// offered, which one is current, which are superseded (Retention), how long files stay after
// their version has left the index (Grace), and whether a Version is consistent (Check).
//
// It is pure: it never reads a disk, a network or a clock.
package image
