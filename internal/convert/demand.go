package convert

import (
	"lxdocker/internal/arch"
	"lxdocker/internal/failure"
	"lxdocker/internal/image"
	"lxdocker/internal/oci"
	"lxdocker/internal/spec"
)

// maxAlias is how many bytes a store lets an alias have.
const maxAlias = 255

// Demand is the job for an image that nobody wrote a spec for. architecture is
// LXD's name for it. Every way to write the reference is an alias of the image.
func Demand(ref oci.Reference, architecture string) (Job, error) {
	a, ok := arch.ByName(architecture)
	if !ok {
		return Job{}, failure.Because(failure.Platform, failure.Publicf(failure.NotFound, "there are no OCI images for the architecture %.100q", architecture))
	}
	var aliases []string
	for _, spelling := range ref.Spellings() {
		if len(spelling) <= maxAlias {
			aliases = append(aliases, spelling)
		}
	}
	return Job{
		Product:  image.OnDemand(ref.String(), architecture),
		Ref:      ref,
		Platform: oci.Platform{Architecture: a.OCI, Variant: a.Variant},
		Edits:    spec.Edits{Aliases: aliases, Properties: map[string]string{"os": ref.BaseName()}},
		OnDemand: true,
	}, nil
}
