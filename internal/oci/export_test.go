package oci

// What tests outside of the package see of it.

// Normal is Platform.normal.
func Normal(p Platform) Platform { return p.normal() }

// Examine does with an entry of an index all that a walk does before it follows it.
func Examine(d Descriptor) {
	if p, known, _ := d.platform(); known {
		distance(Platform{Architecture: "amd64"}, p)
	}
	_ = d.check(MaxManifest)
}
