package convert

import (
	"cmp"
	"context"

	"lxdocker/internal/image"
	"lxdocker/internal/oci"
	"lxdocker/internal/signature"
	"lxdocker/internal/spec"
)

// Job is one image to make, for one architecture.
type Job struct {
	// Product is what the image is published as. Its name stands in the image, too; if nobody
	// chose one, the image has the name that its source gives it.
	Product  image.Product
	Label    string // what an image without a name is shown as, such as its file
	Ref      oci.Reference
	Platform oci.Platform
	Edits    spec.Edits
	OnDemand bool  // a client asked for it; no spec has it
	MaxSize  int64 // bytes that its layers may have together, compressed; 0: any number

	// Verify says who has to have signed the image, beside what the Converter asks of all of
	// them. nil: nobody.
	Verify *signature.Rule

	// Room is asked whether an image of so many bytes may have a place in the store: when
	// it is only known about how large it will be, and once it is made. nil: it may.
	Room func(ctx context.Context, bytes int64, made bool) error
}

// Title is the job as people know it: an image made on demand has no name but its
// reference.
func (j Job) Title() string {
	if j.OnDemand {
		return j.Ref.String() + "/" + j.Product.Architecture
	}
	return image.Product{Name: cmp.Or(j.Product.Name, j.Label), Architecture: j.Product.Architecture}.String()
}
