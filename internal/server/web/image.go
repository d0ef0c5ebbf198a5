package web

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"lxdocker/internal/catalog"
	"lxdocker/internal/document"
	"lxdocker/internal/image"
)

// ImagePrefix begins the paths of the pages of images; a name follows.
const ImagePrefix = "image/"

// one is the data of the template of an image.
type one struct {
	head
	Name, Call, Description, Source, Digest, Release string
	Origin                                           bool // it is converted on demand
	Pinned                                           *time.Time
	Aliases                                          []string
	Properties                                       []property
	Products                                         []product
}

type property struct{ Key, Value string }

// product is the image for one architecture.
type product struct {
	Architecture string
	Forms        []form
	Runs         *image.Runs // nil: nobody knows
	Layers       []layer     // the lowest first
	Idmap        string
	Versions     []build  // the newest first
	Plot         *plot    // nil: there is nothing to compare
	Failure      *Failure // nil: the last attempt to update it succeeded
}

// form is what some clients get.
type form struct {
	Client, Fingerprint string
	Files               []part
}

type part struct {
	Kind, Path string
	Size       int64
}

// build is a version.
type build struct {
	Serial, Digest string
	Published      time.Time
	Size           int64
	Delta          int64  // what a client fetches that has the version Base; 0: there is none
	Base           string // serial
	Layers, Kept   int    // how many there are, and how many of them the version before has, too
	Compared       bool   // there is one before, and both know their layers
	Before         string // serial; "": there is none
}

// idmapSize is the property that says how many users and groups an instance needs.
const idmapSize = "lxdocker.idmap_size"

// Image gives the page of an image to a client. It is nil if there is no such image.
func (p *Pages) Image(ctx context.Context, c *catalog.Catalog, host, client, name string) (*document.Document, error) {
	l := p.of(c)
	e := l.find(name)
	if e == nil {
		return nil, nil
	}
	v := e.products[0].Current()
	d := one{
		head: p.head(clean(e.title), host), Name: e.name, Call: e.title, Description: e.description, Source: e.source, Digest: v.SourceDigest,
		Release: v.Release, Origin: e.hub, Pinned: v.Pinned,
	}
	failed := p.failing(client)
	for i, q := range e.products {
		for _, a := range q.Aliases {
			if a != e.title && !slices.Contains(d.Aliases, a) {
				d.Aliases = append(d.Aliases, a)
			}
		}
		one := p.product(ctx, q)
		if f, ok := failed[e.titles[i]]; ok {
			one.Failure = &f
		}
		d.Products = append(d.Products, one)
	}
	for _, key := range slices.Sorted(maps.Keys(v.Properties)) {
		if key != idmapSize {
			d.Properties = append(d.Properties, property{key, v.Properties[key]})
		}
	}
	return p.execute("image", d)
}

func (p *Pages) product(ctx context.Context, q *catalog.Product) product {
	all := q.Versions()
	v := all[0]
	one := product{Architecture: q.Architecture, Idmap: v.Properties[idmapSize]}
	one.Runs = p.runs(ctx, v) // without it the page has everything else
	one.Layers = layers(v.Layers, one.Runs)
	forms := v.Forms()
	for i, f := range forms {
		shown := form{Fingerprint: f.Fingerprint, Client: "LXD and Incus"}
		if len(forms) > 1 {
			shown.Client = []string{"LXD", "Incus"}[i]
		}
		for _, file := range f.Files {
			shown.Files = append(shown.Files, part{file.Kind, p.Prefix + "/" + v.Path(file), file.Size})
		}
		one.Forms = append(one.Forms, shown)
	}
	for i, v := range all {
		b := build{Serial: v.Serial, Digest: v.SourceDigest, Published: v.PublishedBy(p.Now()), Size: download(v), Layers: len(v.Layers)}
		if f, ok := v.File(image.Delta); ok {
			b.Delta, b.Base = f.Size, f.Base
		}
		if i+1 < len(all) {
			b.Before = all[i+1].Serial
		}
		if i+1 < len(all) && len(v.Layers) > 0 && len(all[i+1].Layers) > 0 {
			b.Compared = true
			for _, layer := range v.Layers {
				if slices.Contains(all[i+1].Layers, layer) {
					b.Kept++
				}
			}
		}
		one.Versions = append(one.Versions, b)
	}
	one.Plot = newPlot(one.Versions)
	return one
}

// layer is one of the source, with its share of the largest.
type layer struct {
	Digest string
	Size   int64 // 0: nobody knows
	Share  int   // in the picture, of barLength
}

// barLength is how long the picture of the largest layer is.
const barLength = 200

func layers(digests []string, runs *image.Runs) (all []layer) {
	var most int64
	for i, digest := range digests {
		l := layer{Digest: digest}
		if runs != nil && len(runs.LayerSizes) == len(digests) {
			l.Size = max(0, runs.LayerSizes[i])
		}
		most, all = max(most, l.Size), append(all, l)
	}
	for i := range all {
		if most > 0 {
			all[i].Share = max(1, int(float64(all[i].Size)/float64(most)*barLength))
		}
	}
	return all
}

// command writes words as a shell would read them.
func command(words []string) string {
	var all []string
	for _, w := range words {
		all = append(all, shellWord(w))
	}
	return strings.Join(all, " ")
}
