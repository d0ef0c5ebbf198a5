package oci

import "context"

// Attacher is a source that may have documents about its images: signatures, bills of
// materials. They are what anybody attached who may push there. Manifest and Config fetch
// them by digest; the caller bounds their sizes.
type Attacher interface {
	Source
	// Referrers lists manifests whose subject is the digest: as the registry says, and of
	// registries that do not know referrers, as the tag says that clients keep for them
	// (distribution-spec, "Listing Referrers"). Their types may be missing, or wrong.
	Referrers(ctx context.Context, digest string) ([]Descriptor, error)
	// Tagged returns the manifest or index that a tag names now; nil if there is none.
	Tagged(ctx context.Context, tag string) ([]byte, error)
}
