package convert

import (
	"cmp"
	"maps"

	"lxdocker/internal/guest"
	"lxdocker/internal/image"
	"lxdocker/internal/lxdimage"
	"lxdocker/internal/oci"
	"lxdocker/internal/rootfs"
)

// metadata describes the image. Labels of the source are not copied: they can be
// megabytes of anything (T25).
func (c *Conversion) metadata(p guest.Process) lxdimage.Metadata {
	properties := map[string]string{
		"os":              c.name(),
		"release":         c.source.Reference.Tag(),
		"variant":         "default",
		"architecture":    c.Product.Architecture,
		"description":     c.description(),
		"lxdocker.ref":    c.origin(),
		"lxdocker.digest": c.source.Digest,
	}
	maps.Copy(properties, c.properties())
	m := lxdimage.Metadata{
		Architecture: c.Product.Architecture,
		CreationDate: created(c.source),
		Properties:   properties,
		ShmSize:      p.ShmSize,
	}
	for _, t := range guest.Templates() {
		m.Templates = append(m.Templates, lxdimage.Template(t))
	}
	return m
}

// unnamed is an image that neither a person nor its source gave a name.
const unnamed = "image"

// name is the job's, else the source's: never that of a folder or file, where the same
// image elsewhere would be another.
func (c *Conversion) name() string {
	return cmp.Or(c.Product.Name, c.source.Reference.BaseName(), unnamed)
}

// origin is the source as it stands in the image.
func (c *Conversion) origin() string { return image.SourceName(c.source.Reference.String()) }

// description is the spec's, or the name of the source.
func (c *Conversion) description() string {
	switch {
	case c.Edits.Description != "":
		return c.Edits.Description
	case c.source.Reference.Kind() == oci.Registry:
		return c.origin()
	}
	return c.name() + " (" + c.origin() + ")"
}

// created is the source's own time, so that the same image is the same bytes;
// sources without one (reproducible builds say 0) get the tree's epoch, as LXD
// refuses 0.
func created(source *oci.Image) int64 {
	if t := source.Created.Unix(); t > 0 {
		return t
	}
	return rootfs.Epoch
}
