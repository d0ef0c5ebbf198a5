package convert

import (
	"lxdocker/internal/image"
	"lxdocker/internal/oci"
	"lxdocker/internal/spec"
)

// Job is one image to make, for one architecture.
type Job struct {
	Product  image.Product // what it is published as; its name stands in the image, too
	Ref      oci.Reference
	Platform oci.Platform
	Edits    spec.Edits
	OnDemand bool  // a client asked for it; no spec has it
	MaxSize  int64 // bytes that its layers may have together, compressed; 0: any number
}

// Title is the job as people know it: an image made on demand has no name but its
// reference.
func (j Job) Title() string {
	if j.OnDemand {
		return j.Ref.String() + "/" + j.Product.Architecture
	}
	return j.Product.String()
}
