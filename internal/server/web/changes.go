package web

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"slices"
	"time"

	"lxdocker/internal/catalog"
	"lxdocker/internal/contents"
	"lxdocker/internal/document"
	"lxdocker/internal/image"
)

// ChangesSuffix ends the paths of the pages that say in what two versions of an image differ.
// Their queries name the architecture and the serials: arch, from, to.
const ChangesSuffix = "/changes"

// changes is the data of the template of two versions.
type changes struct {
	head
	Name, Call    string
	Architecture  string
	Architectures []string
	Versions      []choice // the newest first
	From, To      choice
	Same          bool // version
	Layers, Kept  int
	Config        []setting
	ConfigUnknown bool // of one of them nobody noted it
	Contents      *contents.Changes
	ByLayer       []bearing // of Contents.Files
	Unnoted       bool      // what is in one of them was not noted
	Damaged       bool      // a note cannot be read
}

// choice is a version that can be compared.
type choice struct {
	Serial, Digest string
	Size           int64
	Published      time.Time
}

// Changes gives the page of two versions. It is nil if there is no such image or version. Its
// error is that of Options.Compare, if it is one of a server that has too much to do.
func (p *Pages) Changes(ctx context.Context, c *catalog.Catalog, host, name string, form url.Values) (*document.Document, error) {
	e := p.of(c).find(name)
	if e == nil {
		return nil, nil
	}
	q := e.products[0]
	if arch := form.Get("arch"); arch != "" {
		i := slices.Index(e.architectures, arch)
		if i < 0 {
			return nil, nil
		}
		q = e.products[i]
	}
	all := q.Versions()
	to, from := all[0], all[min(1, len(all)-1)]
	for key, v := range map[string]**image.Version{"from": &from, "to": &to} {
		if serial := form.Get(key); serial != "" {
			i := slices.IndexFunc(all, func(v *image.Version) bool { return v.Serial == serial })
			if i < 0 {
				return nil, nil
			}
			*v = all[i]
		}
	}
	d := changes{
		head: p.head("Changes of "+clean(e.title), host), Name: e.name, Call: e.title, Architecture: q.Architecture, Architectures: e.architectures,
		Same: from == to, Layers: len(to.Layers),
	}
	for _, v := range all[:min(len(all), mostChoices)] {
		d.Versions = append(d.Versions, p.choice(v))
	}
	d.From, d.To = p.choice(from), p.choice(to)
	for _, layer := range to.Layers {
		if slices.Contains(from.Layers, layer) {
			d.Kept++
		}
	}
	if !d.Same {
		d.Config, d.ConfigUnknown = p.settings(ctx, from, to)
		if err := p.compare(ctx, &d, from, to); err != nil {
			return nil, err
		}
	}
	return p.execute("changes", d)
}

// mostChoices is how many versions can be chosen: links name any.
const mostChoices = 100

func (p *Pages) choice(v *image.Version) choice {
	return choice{v.Serial, v.SourceDigest, download(v), v.PublishedBy(p.Now())}
}

// ErrBusy is wrapped by the errors of Options.Compare that a client is to be told.
var ErrBusy = errors.New("the server compares other versions")

// compare fills in what the notes say.
func (p *Pages) compare(ctx context.Context, d *changes, from, to *image.Version) error {
	if p.Compare == nil {
		d.Unnoted = true
		return nil
	}
	c, err := p.Compare(ctx, *from, *to)
	switch {
	case err == nil:
		d.Contents, d.ByLayer = &c, bearings(c.Layers, from, to)
	case errors.Is(err, fs.ErrNotExist):
		d.Unnoted = true
	case errors.Is(err, ErrBusy) || ctx.Err() != nil:
		return err
	default:
		d.Damaged = true
	}
	return nil
}
