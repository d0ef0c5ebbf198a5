// Package archive reads images from disk: OCI layouts in folders, and tar files written by
// docker save, podman save or skopeo, which contain an OCI layout, Docker's own form, or both.
//
// Files are read in place. No name in an archive becomes a name on disk, no link in a layout
// leads out of its folder, and a compressed archive is unpacked into a file without a name.
// Manifests and configs are checked against their digests; package layer checks layers.
package archive
