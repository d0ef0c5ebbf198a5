package oci

import "context"

// Attacher is a source that may have documents about its images: signatures, bills of
// materials. They are what anybody attached who may push there. Manifest and Config fetch
// them by digest; the caller bounds their sizes.
type Attacher interface {
	Source
	// Referrers lists manifests whose subject is the digest: as the registry says, and as
	// the tag says that clients keep for registries that do not know referrers
	// (distribution-spec, "Listing Referrers"). Their types may be missing, or wrong. With an
	// error it returns what one of the two lists has.
	Referrers(ctx context.Context, digest string) ([]Descriptor, error)
	// Tagged returns the manifest or index that a tag names now; nil if there is none.
	Tagged(ctx context.Context, tag string) ([]byte, error)
}
