package convert

import (
	"context"
	"fmt"

	"lxdocker/internal/oci"
)

// prove makes sure that a layer that is ready belongs to the image: others have filled the
// cache as well, and whoever names its digest is not to get it for that. fetched says that
// its bytes came from the source just now.
func (c *Conversion) prove(ctx context.Context, l oci.Layer, fetched bool) error {
	source, ok := c.source.Blobs.(oci.Prover)
	switch {
	case !ok:
		return nil
	case fetched:
		source.Proved(l)
		return nil
	case !c.OnDemand:
		return nil
	}
	if err := source.Prove(ctx, l); err != nil {
		return fmt.Errorf("asking whether %s has layer %s: %w", c.source.Reference, l.Digest, err)
	}
	return nil
}
