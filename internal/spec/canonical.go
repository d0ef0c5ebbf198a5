package spec

import (
	"encoding/json"
	"slices"
)

// Canonical encodes everything in the spec that has a say in an image made from
// it and in how that image is published: the same bytes for the same meaning,
// whatever the order, comments and spelling of the file. Two things are left
// out: File, and Architecture, as an image is of one architecture and does not
// change when the spec asks for others, too.
func (s Spec) Canonical() []byte {
	s.Architecture = nil
	s.Aliases = slices.Sorted(slices.Values(s.Aliases))
	s.Files = slices.SortedStableFunc(slices.Values(s.Files), byPath)
	data, err := json.Marshal(struct { // sorts the keys of maps
		Name string `json:"name"`
		Spec
	}{s.Name, s})
	if err != nil {
		panic("spec: text, numbers and bytes do not marshal: " + err.Error())
	}
	return data
}
