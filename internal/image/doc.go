// Package image has the words that everybody uses for what is published: a
// Product is an image for one architecture, a Version one build of it, a File one
// of its files, a Form what a client downloads as one image. It says which
// versions are offered and which is current, which are superseded (Retention), how
// long files outlive their offer (Grace), and what is right in itself (Check).
//
// It is pure: it never reads a disk, a network or a clock.
package image
