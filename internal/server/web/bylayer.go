package web

import (
	"fmt"
	"slices"
	"strings"

	"lxdocker/internal/contents"
	"lxdocker/internal/humanize"
	"lxdocker/internal/image"
)

// bearing is what differs of the files of one layer, on the page of two versions.
type bearing struct {
	Place   string // "Layer 2 of 5"
	Digest  string // the begin of it; "" if the files are of no layer
	Mark    string // "new", or "gone"; "": both versions have the layer
	Files   string // "3 changed (1.2 MB), 1 added (5 B)"
	Largest []contents.Large
}

// bearings are those of the newer version, and then those that the older one had.
func bearings(c contents.ByLayer, from, to *image.Version) (all []bearing) {
	for _, l := range c.After {
		all = append(all, newBearing(l, to, from, "new"))
	}
	for _, l := range c.Before {
		all = append(all, newBearing(l, from, to, "gone"))
	}
	return all
}

// newBearing is of a layer of one version; mark is what it is called if the other has none like it.
func newBearing(l contents.Layer, of, other *image.Version, mark string) bearing {
	b := bearing{Largest: l.Largest}
	for _, n := range []struct {
		contents.Count
		what string
	}{{l.Changed, "changed"}, {l.Added, "added"}, {l.Removed, "removed"}} {
		if n.Files == 0 {
			continue
		}
		if b.Files != "" {
			b.Files += ", "
		}
		b.Files += fmt.Sprintf("%s %s (%s)", count(n.Files), n.what, humanize.Bytes(n.Bytes))
	}
	switch {
	case l.Number == 0 && of.Hub:
		b.Place = "Of lxdocker"
	case l.Number == 0:
		b.Place = "Of lxdocker and the spec"
	case l.Number > len(of.Layers): // a damaged note
		b.Place = "Of another layer"
	default:
		digest := of.Layers[l.Number-1]
		b.Place, b.Digest = fmt.Sprintf("Layer %d of %d", l.Number, len(of.Layers)), short(digest)
		if !slices.Contains(other.Layers, digest) {
			b.Mark = mark
		}
	}
	return b
}

// shortDigest is how many characters of a digest tell two layers apart, for people.
const shortDigest = 12

// short is the begin of a digest, without its algorithm.
func short(digest string) string {
	_, hex, found := strings.Cut(digest, ":")
	if !found {
		hex = digest
	}
	return hex[:min(len(hex), shortDigest)]
}
