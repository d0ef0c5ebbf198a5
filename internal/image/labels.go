package image

import "cmp"

// Labels are what clients show an image by, sort it by and search it by. They
// drop an image that lacks one they sort by, so none of these is ever empty.
type Labels struct {
	OS, Release, Variant, Version string
}

// Labels gives the labels of a version: what its properties say, else what
// can be told from its name and its source.
func (v Version) Labels() Labels {
	release := cmp.Or(v.Properties["release"], v.Release, "latest")
	return Labels{
		OS:      cmp.Or(v.Properties["os"], v.Name),
		Release: release,
		Variant: cmp.Or(v.Properties["variant"], "default"),
		Version: cmp.Or(v.Properties["version"], release),
	}
}
