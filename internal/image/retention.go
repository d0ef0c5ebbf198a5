package image

import (
	"slices"
	"strings"
	"time"
)

// Grace is how long the files of a version stay after it left the index: a daemon may
// hold an index of an hour ago, and a download may be slow.
const Grace = 24 * time.Hour

// Retention says how many versions of a product are offered. The zero value is
// the newest alone.
type Retention struct {
	Keep int           // so many, the newest; what is less than 1 counts as 1
	Age  time.Duration // and those that have been superseded for less than this
}

// Superseded lists the versions, of those given, that are not to be offered any
// more. It leaves out those that are retired already, and pinned products.
//
// A version is superseded since the next newer one was published; Version.PublishedBy
// says what that means after a clock was wrong. If it has the same image as a newer
// one, it goes whatever its age: clients refuse an image that they find twice.
func (r Retention) Superseded(versions []Version, now time.Time) []Version {
	products := map[Product][]Version{}
	for _, v := range versions {
		if v.Retired == nil && v.Pinned == nil {
			products[v.Product()] = append(products[v.Product()], v)
		}
	}
	stays := map[ID]bool{}
	for _, all := range products {
		slices.SortFunc(all, func(a, b Version) int { return strings.Compare(b.Serial, a.Serial) })
		for _, v := range r.stay(all, now) {
			stays[v.ID()] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(versions), func(v Version) bool {
		return v.Retired != nil || v.Pinned != nil || stays[v.ID()]
	})
}

// stay lists what stays of one product's versions, the newest first.
func (r Retention) stay(all []Version, now time.Time) (kept []Version) {
	superseded := now // the newest is not
	for i, v := range all {
		if i > 0 {
			// Of newer ones, those tell it whose time is known, if any is.
			if at := all[i-1].PublishedBy(now); at.Before(superseded) {
				superseded = at
			}
		}
		if slices.ContainsFunc(kept, v.SameImage) {
			continue
		}
		lately := i > 0 && now.Sub(superseded) < r.Age
		if len(kept) < max(r.Keep, 1) || lately {
			kept = append(kept, v)
		}
	}
	return kept
}

// SameImage says whether two versions give clients an image with the same
// fingerprint. LXD and Incus refuse one that a catalog has twice ("More than one
// match", shared/simplestreams, GetImage).
func (v Version) SameImage(o Version) bool {
	same := func(a, b string) bool { return a != "" && a == b }
	return same(v.Fingerprint, o.Fingerprint) || same(v.TarballFingerprint, o.TarballFingerprint)
}
