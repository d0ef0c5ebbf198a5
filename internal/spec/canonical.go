package spec

import (
	"encoding/json"
	"slices"
)

// Canonical encodes everything in the edits that has a say in an image and in how
// it is published: the same bytes for the same meaning, whatever the order, comments
// and spelling of the file they stood in.
func (e Edits) Canonical() []byte {
	e.Aliases = slices.Sorted(slices.Values(e.Aliases))
	e.Files = slices.SortedStableFunc(slices.Values(e.Files), byPath)
	data, err := json.Marshal(e) // sorts the keys of maps
	if err != nil {
		panic("spec: text, numbers and bytes do not marshal: " + err.Error())
	}
	return data
}
