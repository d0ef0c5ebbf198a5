package spec

import (
	"slices"
	"strings"

	"lxdocker/internal/spec/diag"
)

// key describes one key of a mapping in a spec. The reader, the hints for misspelt
// keys, the JSON schema and the tables of docs/spec-reference.md are derived from
// it. To add a key, add a row to its table, a field to read it into, and a section
// to the reference; tests say what is missing.
type key[T any] struct {
	name  string
	words string // what other tools call it, without underscores

	read  func(r *reader, e diag.Entry, to *T)
	takes *rule  // the values it accepts, for the schema
	doc   string // full sentences, for the schema; the default is added

	settings string // of an instance, without LXDOCKER_: `env` cannot have those beside the key

	required bool // of an entry of `files`: in a list

	// For an entry of `files`: whether the key says what to do, and with which of
	// those keys it has no meaning.
	action bool
	notFor []string

	// The row in the reference: type, default and summary.
	kind, byDefault, about string
}

// table lists the keys of a mapping, in the order of the reference.
type table[T any] []key[T]

func (t table[T]) names() []string {
	var names []string
	for _, k := range t {
		names = append(names, k.name)
	}
	return names
}

// required returns the names of those without which the mapping is not complete.
func (t table[T]) required() []string {
	var names []string
	for _, k := range t {
		if k.required {
			names = append(names, k.name)
		}
	}
	return names
}

// find returns the key with that name.
func (t table[T]) find(name string) (key[T], bool) {
	i := slices.IndexFunc(t, func(k key[T]) bool { return k.name == name })
	if i < 0 {
		return key[T]{}, false
	}
	return t[i], true
}

// keys returns the names with the hints for misspelt ones.
func (t table[T]) keys() diag.Keys {
	keys := diag.Keys{Known: t.names(), Words: make(map[string]string), Hint: elsewhere}
	for _, k := range t {
		for word := range strings.FieldsSeq(k.words) {
			keys.Words[word] = k.name
		}
	}
	return keys
}

// properties returns the keys as properties of a JSON schema.
func (t table[T]) properties() properties {
	var all properties
	for _, k := range t {
		described := *k.takes
		described.Description = k.doc
		if k.byDefault != "" && !k.required {
			described.Description += " Default: " + strings.ReplaceAll(k.byDefault, "`", "") + "."
		}
		all = append(all, property{k.name, &described})
	}
	return all
}

// elsewhere says where settings belong that people expect in a spec.
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
