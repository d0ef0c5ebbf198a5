package spec

import (
	_ "embed"
	"slices"
)

//go:embed schema.json
var schema []byte

// Schema is the JSON schema (draft 2020-12) of a spec, for editors. It is
// generated from the type Spec by the program in schemagen. It knows less than
// LoadDir: whether a source exists, whether two specs clash, how a number was
// written.
func Schema() []byte { return slices.Clone(schema) }
