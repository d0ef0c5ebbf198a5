package simplestreams

import (
	"fmt"

	"lxdocker/internal/image"
)

// LXD reads only items whose ftype begins with lxd, Incus only those that begin
// with incus. So each image is listed for both. The ftype is but a label: the
// daemons look at the first bytes of a file to learn how it is compressed, and
// the root file system that is called root.tar.xz may be gzip.
const (
	lxdMetadata   = "lxd.tar.xz"
	incusMetadata = "incus.tar.xz"
	squashfs      = "squashfs"
	squashfsDelta = "squashfs.vcdiff"
	tarball       = "root.tar.xz"
	lxdUnified    = "lxd_combined.tar.gz"
	incusUnified  = "incus_combined.tar.gz"
)

// itemsOf says what a version has. A delta is left out unless the version
// that it changes is listed beside it: clients look there for what they have.
func itemsOf(v *image.Version, listed func(serial string) bool) ([]item, error) {
	if f, ok := v.File(image.Unified); ok {
		return []item{newItem(v, f, lxdUnified), newItem(v, f, incusUnified)}, nil
	}
	metadata, ok := v.File(image.Metadata)
	rootfs, also := v.File(image.Squashfs)
	if !ok || !also {
		return nil, fmt.Errorf("version %s has neither a unified file nor metadata and squashfs", v.Serial)
	}
	lxd, incus := newItem(v, metadata, lxdMetadata), newItem(v, metadata, incusMetadata)
	items := []item{newItem(v, rootfs, squashfs)}
	// The fingerprint of a split image stands in its metadata item; without
	// it clients skip the image. So each family finds the one root file system
	// that it shall have: where there is a tarball, it is for Incus alone.
	lxd.combinedSquashfs = v.Fingerprint
	if f, ok := v.File(image.Delta); ok && listed(f.Base) {
		d := newItem(v, f, squashfsDelta)
		d.deltaBase = f.Base
		items = append(items, d)
	}
	if f, ok := v.File(image.Tarball); ok {
		items = append(items, newItem(v, f, tarball))
		incus.combinedTarball = v.TarballFingerprint
	} else {
		incus.combinedSquashfs = v.Fingerprint
	}
	return append(items, lxd, incus), nil
}

func newItem(v *image.Version, f image.File, ftype string) item {
	return item{ftype: ftype, path: v.Path(f), sha256: f.SHA256, size: f.Size}
}
