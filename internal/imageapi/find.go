package imageapi

import (
	"fmt"
	"net/http"
	"strings"

	"lxdocker/internal/arch"
	"lxdocker/internal/catalog"
	"lxdocker/internal/image"
)

// match is the version that a name means.
type match struct {
	name    string // as it was asked for
	version image.Version
	aliases []string // of the version, if it is the one that clients get
}

// find says what a name in a path means to the client that asks. That depends on the
// specs and on what the hub may be asked for, never on what is there already: or who
// asked first would decide what others get.
//
//	NAME         what a spec calls so, for whatever architecture; else the hub's NAME
//	NAME/ARCH    NAME for ARCH, if a spec is called NAME or the hub may be asked for it;
//	             else the hub's repository of that name
func (a *api) find(r *http.Request, c *catalog.Catalog, escaped string) (match, error) {
	n, err := parseName(escaped)
	if err != nil {
		return match{}, err
	}
	Concerns(r, n.whole)
	own := clientOf(r.UserAgent()).archOr(a.architecture)
	switch {
	case c.Claimed(n.whole):
		return a.ofSpec(r, search{catalog: c, name: n.whole, arch: own}, n.whole)
	case n.arch != "" && (a.Hub == nil || c.Claimed(n.base)):
		return a.ofSpec(r, search{catalog: c, name: n.base, arch: n.arch, exact: true}, n.whole)
	case a.Hub == nil:
		return a.ofSpec(r, search{catalog: c, name: n.whole, arch: own}, n.whole)
	}
	if n.arch != "" {
		_, repository := a.Hub.Product(n.whole, own)
		if _, named := a.Hub.Product(n.base, n.arch); named || !repository {
			return a.ofHub(r, c, n, n.base, n.arch)
		}
	}
	return a.ofHub(r, c, n, n.whole, own)
}

// ofSpec finds what is in the catalog under a name.
func (a *api) ofSpec(r *http.Request, s search, whole string) (match, error) {
	if p := s.product(); p != nil {
		s.catalog = a.check(r.Context(), s.catalog, p.Product)
	}
	p := s.product()
	if p == nil {
		return match{}, s.elsewhere(whole)
	}
	current := *p.Current()
	if !p.Hub && a.Fresh != nil {
		current = a.Fresh(r.Context(), current, !clientOf(r.UserAgent()).daemon)
	}
	return match{whole, current, p.Aliases}, nil
}

// ofHub finds what the hub has, or gets.
func (a *api) ofHub(r *http.Request, c *catalog.Catalog, n name, reference, arch string) (match, error) {
	key, allowed := a.Hub.Product(reference, arch)
	if allowed && c.Product(key) != nil {
		c = a.check(r.Context(), c, key)
	}
	if p := c.Product(key); allowed && p != nil && p.Hub {
		return match{n.whole, a.Hub.Fresh(r.Context(), *p.Current(), !clientOf(r.UserAgent()).daemon), p.Aliases}, nil
	}
	v, err := a.ask(r, reference, arch)
	if err != nil {
		return match{}, err
	}
	f := match{name: n.whole, version: v}
	if now, err := a.Catalog(r.Context()); err == nil {
		if p := now.Product(v.Product()); p != nil {
			f.aliases = p.Aliases
		}
	}
	return f, nil
}

// search is for an image in a catalog.
type search struct {
	catalog *catalog.Catalog
	name    string
	arch    string
	exact   bool // the person named the architecture
}

// product finds the image (nil: none) for the architecture, or for one that such machines
// run as well.
func (s search) product() *catalog.Product {
	if p := s.catalog.Find(s.name, s.arch); p != nil {
		return p
	}
	if a, ok := arch.ByClientName(s.arch); ok && !s.exact {
		for _, also := range a.Runs {
			if p := s.catalog.Find(s.name, also); p != nil {
				return p
			}
		}
	}
	return nil
}

// elsewhere says for which architectures the image is there, if for any.
func (s search) elsewhere(whole string) error {
	var archs []string
	for _, p := range s.catalog.Named(s.name) {
		archs = append(archs, p.Architecture)
	}
	if len(archs) == 0 {
		return refusal{status: http.StatusNotFound, text: fmt.Sprintf(
			"there is no image %q here, and this server does not make images on demand; `image list REMOTE:` shows what there is", whole)}
	}
	return refusal{status: http.StatusNotFound, text: fmt.Sprintf(
		"there is no image %q for %s here, only for %s", s.name, s.arch, strings.Join(archs, ", "))}
}
