package main

import "github.com/invopop/jsonschema"

// fileRules says what each key of an entry of `files` takes.
func fileRules() map[string]*object {
	return map[string]*object{
		"path":      pathInImage(),
		"content":   scalar(),
		"directory": anyOf(&object{Const: true}, yes()),
		"symlink":   text(`^[^\x00]+$`),
		"remove":    anyOf(&object{Const: true}, yes()),
		"mode":      oneOf(&object{Type: "string", Pattern: `^(0|0o)?[0-7]{3,4}$`}, integer("0", "7777")),
		"uid":       integer("0", "4294967294"),
		"gid":       integer("0", "4294967294"),
	}
}

// pathInImage: absolute, without empty names, "." and "..".
func pathInImage() *object {
	return unless(&object{Type: "string", Pattern: `^(/([^/.]|\.[^/.]|\.\.[^/])[^/]*)+$`}, `^/(dev|proc|sys)(/|$)`)
}

// files is the schema of the key `files`: a list of entries that have a path, or
// a mapping from path to entry or content.
func files(entry *object) *object {
	return oneOf(
		list(change(entry, true), 0),
		mapping(oneOf(scalar(), change(entry, false)), pathInImage()),
		types("null"),
	)
}

// change makes an entry out of the Go type's schema: with the key `source`, which
// that type does not have (a source has become content there), with or without a
// path, and with exactly one thing to do.
func change(entry *object, path bool) *object {
	s := *entry
	s.Properties = jsonschema.NewProperties()
	s.Required = nil
	for pair := entry.Properties.Oldest(); pair != nil; pair = pair.Next() {
		if pair.Key == "path" && !path {
			continue
		}
		s.Properties.Set(pair.Key, pair.Value)
		if pair.Key == "content" {
			source := unless(&object{Type: "string", Pattern: `^[^/]`}, `^\.\.(/|$)`)
			source.Description = "Write a file holding the same as this one: a path relative to the spec, in its folder."
			s.Properties.Set("source", source)
		}
	}
	if path {
		s.Required = []string{"path"}
	}
	s.OneOf = objects{
		does("content"), does("source"), does("directory"), does("symlink", "mode"), does("remove", "mode", "uid", "gid"),
	}
	return &s
}

// does says that an entry has the key kind, and none of those without a meaning
// for it.
func does(kind string, without ...string) *object {
	s := &object{Required: []string{kind}}
	var any objects
	for _, key := range without {
		any = append(any, &object{Required: []string{key}})
	}
	if len(any) > 0 {
		s.Not = anyOf(any...)
	}
	return s
}
