package catalog

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"lxdocker/internal/image"
)

// FewestDigits is how much of a fingerprint it takes to find an image by it.
const FewestDigits = 12

// IsFingerprint says whether a word can be a fingerprint or the beginning of one.
func IsFingerprint(word string) bool {
	return len(word) >= FewestDigits && len(word) <= 64 && strings.Trim(word, "0123456789abcdef") == ""
}

// form is one form of a version: that with the tarball, or the other.
type form struct {
	of      *versions
	version int // which one
	tarball bool
}

func fingerprintOf(v *image.Version, tarball bool) string {
	if tarball {
		return v.TarballFingerprint
	}
	return v.Fingerprint
}

// forms goes through the forms of versions that can be found, and the digits by which
// they are.
func (of *versions) forms(all []image.Version) iter.Seq2[form, string] {
	return func(yield func(form, string) bool) {
		for i := range all {
			for _, tarball := range []bool{false, true} {
				if digits := fingerprintOf(&all[i], tarball); len(digits) >= FewestDigits && !yield(form{of, i, tarball}, digits[:FewestDigits]) {
					return
				}
			}
		}
	}
}

func (n *next) note(of *versions, all []image.Version) {
	for f, digits := range of.forms(all) {
		n.fingerprints.set(digits, append(slices.Clip(n.fingerprints.get(digits)), f))
	}
}

func (n *next) forget(of *versions) {
	for _, digits := range of.forms(of.Versions()) {
		left := slices.DeleteFunc(slices.Clone(n.fingerprints.get(digits)), func(o form) bool { return o.of == of })
		if n.fingerprints.delete(digits); len(left) > 0 {
			n.fingerprints.set(digits, left)
		}
	}
}

// candidate is a form whose version was unpacked.
type candidate struct {
	form
	*image.Version
	fingerprint string
}

// beginning gives the forms whose fingerprints begin with digits.
func (c *Catalog) beginning(digits string) (all []candidate) {
	if len(digits) < FewestDigits {
		return nil
	}
	for _, f := range c.fingerprints.get(digits[:FewestDigits]) {
		v := &f.of.Versions()[f.version]
		if fingerprint := fingerprintOf(v, f.tarball); strings.HasPrefix(fingerprint, digits) {
			all = append(all, candidate{f, v, fingerprint})
		}
	}
	return all
}

// Fingerprinted returns the image whose fingerprint begins with digits, at least
// FewestDigits of them, and its version, which may be one that is not offered any
// more: somebody may have been told of it a moment ago. There is none if two
// different images begin like that. Of versions that are the same image, it is
// the one that is offered, then the newest.
func (c *Catalog) Fingerprinted(digits string) (v image.Version, found image.Form, ok bool) {
	var best candidate
	for _, f := range c.beginning(digits) {
		switch {
		case best.Version != nil && best.fingerprint != f.fingerprint:
			return v, found, false
		case best.Version == nil || prefer(f.Version, best.Version):
			best = f
		}
	}
	if best.Version == nil {
		return v, found, false
	}
	for _, i := range best.Forms() {
		if i.Fingerprint == best.fingerprint {
			return *best.Version, i, true
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
		p := c.Product(f.of.Product)
		if p != nil && (p.Fingerprint == fingerprint || p.LastForm == fingerprint) && !slices.Contains(products, p) {
			products = append(products, p)
		}
	}
	slices.SortFunc(products, func(a, b *Product) int { return a.Product.Compare(b.Product) })
	for _, p := range products {
		all = append(all, p.Aliases...)
	}
	return all
}
