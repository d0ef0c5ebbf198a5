package imageapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"lxdocker/internal/arch"
	"lxdocker/internal/catalog"
	"lxdocker/internal/image"
)

// found is what a name means.
type found struct {
	name    string // as it was asked for
	version image.Version
	aliases []string // of the version, if it is the one that clients get
}

// find says what a name in a path means to the client that asks: what the
// catalog has, else what the hub gets.
func (a *api) find(r *http.Request, c *catalog.Catalog, escaped string) (found, error) {
	n, err := parseName(escaped)
	if err != nil {
		return found{}, err
	}
	s := search{catalog: c, name: n.base, arch: n.arch, exact: n.arch != "", hub: a.Hub != nil}
	if len(c.Named(n.whole)) > 0 || n.arch == "" {
		// A name that somebody gave an image is that image, whatever its last word is.
		s.name, s.arch, s.exact = n.whole, clientOf(r.UserAgent()).archOr(a.architecture), false
	}
	if p := s.product(); p != nil {
		s.catalog = a.check(r.Context(), c, p.Product)
	}
	if p := s.product(); p != nil {
		current := *p.Current()
		if p.Hub && a.Hub != nil {
			current = a.Hub.Fresh(r.Context(), current, !clientOf(r.UserAgent()).daemon)
		} else if !p.Hub && a.Fresh != nil {
			current = a.Fresh(r.Context(), current, !clientOf(r.UserAgent()).daemon)
		}
		return found{n.whole, current, p.Aliases}, nil
	}
	if err := s.elsewhere(); err != nil {
		return found{}, err
	}
	if a.Hub == nil {
		return found{}, refusal{status: http.StatusNotFound, text: fmt.Sprintf(
			"there is no image %q here, and this server does not make images on demand; `image list REMOTE:` shows what there is", n.whole)}
	}
	v, err := a.ask(r, s.name, s.arch)
	if err != nil {
		return found{}, err
	}
	return found{n.whole, v, slices.Sorted(slices.Values(v.Aliases))}, nil
}

// search is for an image in a catalog.
type search struct {
	catalog *catalog.Catalog
	name    string
	arch    string
	exact   bool // the person named the architecture
	hub     bool // there is one
}

// product finds the image (nil: none) for the architecture, or for one that such machines
// run as well. That is no reason to give out what the hub converted for another
// machine: it can be asked for the right one.
func (s search) product() *catalog.Product {
	if p := s.catalog.Find(s.name, s.arch); p != nil {
		return p
	}
	if a, ok := arch.ByClientName(s.arch); ok && !s.exact {
		for _, also := range a.Runs {
			if p := s.catalog.Find(s.name, also); p != nil && !(p.Hub && s.hub) {
				return p
			}
		}
	}
	return nil
}

// elsewhere is an error if the image is there for other architectures only and
// the hub cannot help: it has nothing to do with images of specs.
func (s search) elsewhere() error {
	var archs []string
	for _, p := range s.catalog.Named(s.name) {
		if !(p.Hub && s.hub) {
			archs = append(archs, p.Architecture)
		}
	}
	if len(archs) == 0 {
		return nil
	}
	return refusal{status: http.StatusNotFound, text: fmt.Sprintf(
		"there is no image %q for %s here, only for %s", s.name, s.arch, strings.Join(archs, ", "))}
}
