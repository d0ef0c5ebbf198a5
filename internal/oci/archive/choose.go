package archive

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lxdocker/internal/failure"
	"lxdocker/internal/oci"
)

// choice is one image of a layout or an archive that holds several.
type choice struct {
	position int // in its list; @0 is the first
	digest   string
	names    []string // the most complete first; none if it has no name
	platform string   // "" if it does not say
}

// label is the REF that selects the choice.
func (c choice) label() string {
	if len(c.names) > 0 {
		return c.names[0]
	}
	return "@" + strconv.Itoa(c.position)
}

// called returns which of its names a REF means; the first if it means none by name.
func (c choice) called(ref string) string {
	for _, means := range []func(string) bool{func(s string) bool { return s == ref }, sameName(ref), taggedAs(ref)} {
		if i := slices.IndexFunc(c.names, means); i >= 0 {
			return c.names[i]
		}
	}
	if len(c.names) == 0 {
		return ""
	}
	return c.names[0]
}

// errNoSuchName is the error of a REF that names no image of an archive.
var errNoSuchName = failure.Errorf(failure.NotFound, "no image of that name")

// choose returns the image called ref, or the only one if ref is "". It returns
// several choices if the image exists for several platforms.
func choose(all []choice, ref string) ([]choice, error) {
	if len(all) == 0 {
		return nil, failure.Errorf(failure.NotFound, "it holds no image")
	}
	if ref == "" {
		if sameImage(all) {
			return all, nil
		}
		return nil, failure.Errorf(failure.NotFound, "it holds %d images; add a colon and one of these names: %s", len(all), labels(all))
	}
	for _, fits := range []func(choice) bool{
		func(c choice) bool { return "@"+strconv.Itoa(c.position) == ref || "@"+c.digest == ref },
		func(c choice) bool { return slices.Contains(c.names, ref) },
		func(c choice) bool { return slices.ContainsFunc(c.names, sameName(ref)) },
		func(c choice) bool { return slices.ContainsFunc(c.names, taggedAs(ref)) },
	} {
		found := slices.DeleteFunc(slices.Clone(all), func(c choice) bool { return !fits(c) })
		if len(found) == 0 {
			continue
		}
		if !sameImage(found) {
			return nil, failure.Errorf(failure.NotFound, "%q names several images: %s", ref, labels(found))
		}
		return found, nil
	}
	return nil, fmt.Errorf("%w: %q; it holds: %s", errNoSuchName, ref, labels(all))
}

// sameImage reports whether choices are one image: the same thing under several
// names, or under one name for several platforms.
func sameImage(all []choice) bool {
	other := func(differs func(a, b choice) bool) bool {
		return slices.ContainsFunc(all, func(c choice) bool { return differs(all[0], c) })
	}
	if !other(func(a, b choice) bool { return a.digest != b.digest }) {
		return true
	}
	platforms := map[string]bool{}
	for _, c := range all {
		if len(c.names) == 0 && (c.platform == "" || platforms[c.platform]) {
			return false
		}
		platforms[c.platform] = true
	}
	return !other(func(a, b choice) bool { return strings.Join(a.names, " ") != strings.Join(b.names, " ") })
}

func labels(all []choice) string {
	var s []string
	for i, c := range all {
		if i == 20 {
			s = append(s, fmt.Sprintf("and %d more", len(all)-i))
			break
		}
		s = append(s, clean(c.label()))
	}
	return strings.Join(slices.Compact(s), ", ")
}

// sameName compares names as docker does: nginx is docker.io/library/nginx:latest.
func sameName(ref string) func(string) bool {
	want, err := oci.ParseRegistry(ref)
	return func(s string) bool {
		have, e := oci.ParseRegistry(s)
		return err == nil && e == nil && want == have
	}
}

// taggedAs compares the tag of full names.
func taggedAs(tag string) func(string) bool {
	return func(s string) bool {
		r, err := oci.ParseRegistry(s)
		return err == nil && strings.ContainsAny(s, ":/") && r.TagName() == tag
	}
}

// present returns the names that are not empty.
func present(names ...string) []string {
	return slices.DeleteFunc(names, func(s string) bool { return s == "" })
}
