package admin

import (
	"fmt"
	"slices"
	"strings"

	"lxdocker/internal/failure"
	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// History is what a store has of one product: its versions, the newest first.
type History []image.Version

func historyOf(s *store.Snapshot, p image.Product) History {
	h := slices.Clone(History(s.Product(p)))
	slices.Reverse(h)
	return h
}

// Product is whose history it is.
func (h History) Product() image.Product { return h[0].Product() }

// Title is what people call the image.
func (h History) Title() string { return h[0].Title() }

// Current is what clients get, if anything.
func (h History) Current() (image.Version, bool) {
	v, ok := image.Current(h)[h.Product()]
	return v, ok
}

// Find returns the histories of the images that people call name: by the name of
// their spec or, for those made on demand, by one of the ways to write their
// reference. arch may be "", for all. They are sorted; none is failure.NotFound.
func Find(s *store.Snapshot, name, arch string) (found []History, err error) {
	called := func(is func(image.Product) bool) {
		for _, p := range s.Products() {
			if (arch == "" || p.Architecture == arch) && is(p) {
				found = append(found, historyOf(s, p))
			}
		}
	}
	called(func(p image.Product) bool { return p.Name == name })
	if len(found) == 0 {
		called(func(p image.Product) bool {
			return slices.ContainsFunc(s.Product(p), func(v image.Version) bool { return v.Hub && slices.Contains(v.Aliases, name) })
		})
	}
	switch {
	case len(found) > 0:
		return found, nil
	case arch != "":
		return nil, failure.Errorf(failure.NotFound, "there is no image %s for %s: `lxdocker list` shows what there is", name, arch)
	}
	return nil, failure.Errorf(failure.NotFound, "there is no image %s: `lxdocker list` shows what there is", name)
}

// AmbiguousError says that what somebody typed means several things, and what to
// type instead.
type AmbiguousError struct{ text string }

func (e *AmbiguousError) Error() string { return e.text }

// FindOne is Find for who wants one product. If there are several, it is an
// *AmbiguousError.
func FindOne(s *store.Snapshot, name, arch string) (History, error) {
	found, err := Find(s, name, arch)
	if err != nil {
		return nil, err
	}
	if len(found) > 1 {
		var archs []string
		for _, h := range found {
			archs = append(archs, h.Product().Architecture)
		}
		return nil, &AmbiguousError{fmt.Sprintf("%s is there for %s: name one with --architecture", name, strings.Join(archs, " and "))}
	}
	return found[0], nil
}

// Previous is what Choose takes for the newest version before the current one that
// was not taken back itself.
const Previous = "previous"

// Choose finds the version that somebody means: by Previous, or by the beginning of
// its serial or of one of its fingerprints. None is failure.NotFound, several are
// an *AmbiguousError.
func (h History) Choose(word string) (image.Version, error) {
	if word == Previous {
		return h.previous()
	}
	var found []image.Version
	for _, v := range h {
		is := func(s string) bool { return word != "" && strings.HasPrefix(s, word) }
		if (is(v.Serial) || is(v.Fingerprint) || is(v.TarballFingerprint)) && !slices.ContainsFunc(found, v.SameImage) {
			found = append(found, v)
		}
	}
	switch len(found) {
	case 0:
		return image.Version{}, failure.Errorf(failure.NotFound, "%s has no version %s: `lxdocker list` shows what there is", h.Title(), word)
	case 1:
		return found[0], nil
	}
	var serials []string
	for _, v := range found {
		serials = append(serials, v.Serial)
	}
	return image.Version{}, &AmbiguousError{fmt.Sprintf("%s could be %s: write more of it", word, strings.Join(serials, " or "))}
}

func (h History) previous() (image.Version, error) {
	current, offered := h.Current()
	for _, v := range h {
		if offered && v.Serial < current.Serial && !v.SameImage(current) && !slices.Contains(current.Undone, v.Key) {
			return v, nil
		}
	}
	return image.Version{}, failure.Errorf(failure.NotFound, "%s has no previous version any more: `lxdocker list` shows what there is", h.Title())
}
