// Package archive reads images where they lie on disk: OCI layouts in folders, and
// tar files that docker save, podman save or skopeo wrote, with an OCI layout, in
// Docker's own form, or both.
//
// Files are read in place. No name in an archive becomes a name on disk, no link in
// a layout leads out of its folder, and a compressed archive is unpacked into a file
// that has no name. Manifests and configs are held against their digests; layers are
// not, that is done by package layer.
package archive
