package spec

import (
	"slices"
	"strings"

	"lxdocker/internal/spec/diag"
)

// key is one key of a mapping in a spec, with all that there is to say about it:
// the reader, the hints for people who call it otherwise, the JSON schema and the
// tables of docs/spec-reference.md come from here. A new key is a row of its
// table, a field that it is read into, and a section of the reference.
type key[T any] struct {
	name  string
	words string // what other tools call it, without underscores

	read  func(r *reader, e diag.Entry, to *T)
	takes *rule  // what it can be, for editors
	doc   string // what it is, for editors: sentences

	// Of an entry of `files`: whether it says what to do, and beside which of those
	// keys it means nothing.
	action bool
	notFor []string

	// The row of the reference: type, default, and what it is.
	kind, unset, about string
}

// table has the keys of a mapping, in the order in which people read about them.
type table[T any] []key[T]

func (t table[T]) names() []string {
	var names []string
	for _, k := range t {
		names = append(names, k.name)
	}
	return names
}

// find gives the key of that name.
func (t table[T]) find(name string) (key[T], bool) {
	i := slices.IndexFunc(t, func(k key[T]) bool { return k.name == name })
	if i < 0 {
		return key[T]{}, false
	}
	return t[i], true
}

// keys are the names with their hints.
func (t table[T]) keys() diag.Keys {
	keys := diag.Keys{Known: t.names(), Words: make(map[string]string), Hint: elsewhere}
	for _, k := range t {
		for word := range strings.FieldsSeq(k.words) {
			keys.Words[word] = k.name
		}
	}
	return keys
}

// properties are the keys in a JSON schema.
func (t table[T]) properties() properties {
	var all properties
	for _, k := range t {
		described := *k.takes
		described.Description = k.doc
		all = append(all, property{k.name, &described})
	}
	return all
}

// elsewhere says where things belong that people look for in a spec.
func elsewhere(key string) string {
	switch key {
	case "ports", "expose", "volumes", "devices", "networks", "privileged", "memory", "cpus":
		return "that is set on the instance, or in a profile of LXD or Incus, not in the image"
	case "name", "container_name":
		return "the name of the file is the name of the image"
	case "<<":
		return "merging is not read: write the keys out"
	}
	return ""
}
