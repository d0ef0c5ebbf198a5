package catalog

import (
	"cmp"
	"slices"
	"strings"

	"lxdocker/internal/image"
)

// FewestDigits is how much of a fingerprint it takes to find an image by it.
const FewestDigits = 12

// form is one form of a version: that with the tarball, or the other.
type form struct {
	version *image.Version
	tarball bool
}

func (f form) fingerprint() string {
	if f.tarball {
		return f.version.TarballFingerprint
	}
	return f.version.Fingerprint
}

// formsOf lists the forms of a version that can be found.
func formsOf(v *image.Version) (all []form) {
	for _, f := range []form{{v, false}, {v, true}} {
		if len(f.fingerprint()) >= FewestDigits {
			all = append(all, f)
		}
	}
	return all
}

func (n *next) note(v *image.Version) {
	for _, f := range formsOf(v) {
		k := f.fingerprint()[:FewestDigits]
		n.fingerprints.set(k, append(slices.Clip(n.fingerprints.get(k)), f))
	}
}

func (n *next) forget(v *image.Version) {
	for _, f := range formsOf(v) {
		k := f.fingerprint()[:FewestDigits]
		left := slices.DeleteFunc(slices.Clone(n.fingerprints.get(k)), func(o form) bool { return o == f })
		if n.fingerprints.delete(k); len(left) > 0 {
			n.fingerprints.set(k, left)
		}
	}
}

// Fingerprinted returns the image whose fingerprint begins with digits, at least
// FewestDigits of them, and its version, which may be one that is not offered any
// more: somebody may have been told of it a moment ago. There is none if two
// different images begin like that. Of versions that are the same image, it is
// the one that is offered, then the newest.
func (c *Catalog) Fingerprinted(digits string) (v image.Version, found image.Form, ok bool) {
	if len(digits) < FewestDigits {
		return v, found, false
	}
	var best form
	for _, f := range c.fingerprints.get(digits[:FewestDigits]) {
		switch {
		case !strings.HasPrefix(f.fingerprint(), digits):
		case best.version != nil && best.fingerprint() != f.fingerprint():
			return v, found, false
		case best.version == nil || prefer(f.version, best.version):
			best = f
		}
	}
	if best.version == nil {
		return v, found, false
	}
	for _, i := range best.version.Forms() {
		if i.Fingerprint == best.fingerprint() {
			return *best.version, i, true
		}
	}
	return v, found, false
}

// prefer says whether a rather than b is to be shown of two that are the same
// image.
func prefer(a, b *image.Version) bool {
	if (a.Retired == nil) != (b.Retired == nil) {
		return a.Retired == nil
	}
	return cmp.Or(strings.Compare(b.Serial, a.Serial), a.Product().Compare(b.Product())) < 0
}

// AliasesOf gives the aliases of the products whose current version is an image.
func (c *Catalog) AliasesOf(fingerprint string) (all []string) {
	if len(fingerprint) < FewestDigits {
		return nil
	}
	var products []*Product
	for _, f := range c.fingerprints.get(fingerprint[:FewestDigits]) {
		p := c.Product(f.version.Product())
		if f.fingerprint() == fingerprint && p != nil && p.Current() == f.version {
			products = append(products, p)
		}
	}
	slices.SortFunc(products, func(a, b *Product) int { return a.Product.Compare(b.Product) })
	for _, p := range products {
		all = append(all, p.Aliases...)
	}
	return all
}
