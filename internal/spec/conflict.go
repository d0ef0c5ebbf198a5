package spec

import (
	"fmt"
	"path/filepath"
	"slices"

	"lxdocker/internal/spec/diag"
)

// conflicts finds names that more than one spec claims. Two images for different
// architectures may share an alias: a client gets the one for its own. host is the
// architecture of specs that name none.
func conflicts(specs []Spec, host string) diag.Diagnostics {
	var found diag.Diagnostics
	named := make(map[string]Spec)
	for _, s := range specs {
		if first, twice := named[s.Name]; twice {
			found = append(found, diag.Diagnostic{File: s.File, Text: fmt.Sprintf("%s also describes the image %q", first.File, s.Name),
				Hint: "keep one of the two files"})
			continue
		}
		named[s.Name] = s
	}
	owners := make(map[string][]Spec)
	for _, s := range specs {
		for _, alias := range s.Aliases {
			if other, ok := named[alias]; ok && overlap(s, other, host) {
				found = append(found, s.Diagnostic("aliases."+alias,
					fmt.Sprintf("alias %q is the name of another image", alias), "that is "+other.File))
			}
			for _, other := range owners[alias] {
				if overlap(s, other, host) {
					at := other.Diagnostic("aliases."+alias, "", "")
					found = append(found, s.Diagnostic("aliases."+alias,
						fmt.Sprintf("alias %q is also an alias of %s", alias, other.Name),
						fmt.Sprintf("that is %s:%d:%d", filepath.ToSlash(at.File), at.Line, at.Col)))
				}
			}
			owners[alias] = append(owners[alias], s)
		}
	}
	return found
}

// overlap says whether two specs make images for the same architecture.
func overlap(a, b Spec, host string) bool {
	return slices.ContainsFunc(a.architectures(host), func(name string) bool { return slices.Contains(b.architectures(host), name) })
}

// architectures are those that the spec makes images for. Names that are wrong do
// not count: they are reported first.
func (s Spec) architectures(host string) []string {
	if _, said := s.places["architecture"]; said {
		return s.Architecture
	}
	return []string{host}
}
