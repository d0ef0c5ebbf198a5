package web

import "slices"

// failing are the images that could not be updated lately, as a client may know it, by the
// titles of their versions.
func (p *Pages) failing(client string) map[string]Failure {
	if p.Activity == nil {
		return nil
	}
	all := map[string]Failure{}
	for _, f := range p.Activity(client).Failed {
		all[f.Name] = f
	}
	return all
}

// fails says whether an image is one of them, for any architecture.
func (e *entry) fails(failing map[string]Failure) bool {
	return slices.ContainsFunc(e.titles, func(title string) bool { _, ok := failing[title]; return ok })
}

// failures counts the images of a listing that fail.
func (l *listing) failures(failing map[string]Failure) (n int) {
	if len(failing) == 0 {
		return 0
	}
	for _, e := range l.entries {
		if e.fails(failing) {
			n++
		}
	}
	return n
}
