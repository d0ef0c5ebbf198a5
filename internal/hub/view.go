package hub

import (
	"context"

	"lxdocker/internal/failure"
	"lxdocker/internal/image"
	"lxdocker/internal/oci"
)

// View is the hub for clients that may ask for a part of what the hub has: of other images
// they learn nothing, not even that they are there.
type View struct {
	hub    *Hub
	policy Policy
}

// For returns the hub as those see it who may ask for what a policy allows. The policy of the
// hub counts as well, and decides what is kept.
func (h *Hub) For(p Policy) *View { return &View{h, p} }

// Product is as that of the hub.
func (v *View) Product(name, arch string) (image.Product, bool) {
	ref, err := v.want(name)
	return image.OnDemand(ref.String(), arch), err == nil
}

// Meaning is as that of the hub.
func (v *View) Meaning(name string) (string, error) {
	ref, err := v.want(name)
	if err != nil {
		return "", err
	}
	return ref.String(), nil
}

// Image is as that of the hub.
func (v *View) Image(ctx context.Context, name, arch, client string) (image.Version, error) {
	if _, err := v.want(name); err != nil {
		return image.Version{}, err
	}
	return v.hub.Image(ctx, name, arch, client)
}

// Fresh is as that of the hub.
func (v *View) Fresh(ctx context.Context, current image.Version, waits bool) image.Version {
	return v.hub.Fresh(ctx, current, waits)
}

// Offers is as that of the hub.
func (v *View) Offers(version image.Version) bool {
	r := requestFor(version)
	return v.hub.Offers(version) && (!version.Hub || r.text == "" && v.policy.Allows(r.ref))
}

// Patterns are those of what may be asked for.
func (v *View) Patterns() []string { return v.policy.Patterns() }

func (v *View) want(name string) (oci.Reference, error) {
	ref, err := v.hub.want(name)
	if err == nil && !v.policy.Allows(ref) {
		return ref, refused(ref)
	}
	return ref, err
}

// refused is the error for an image that somebody may not ask for, whether it is there or not.
func refused(ref oci.Reference) error {
	return failure.Because(failure.Policy, failure.Publicf(failure.Denied, "%s is none of the images that this server converts when they are asked for", ref))
}
