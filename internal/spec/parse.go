package spec

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// parse reads the text of a spec. beside gives the files it names in `source`.
// With mistakes the Spec has what could be read.
func parse(name, file string, text []byte, beside folder) (Spec, Mistakes) {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // Windows editors write it; YAML allows it
	r := &reader{path: file, beside: beside, lines: splitLines(string(text)), places: map[string]place{}}
	s := Spec{Name: name, File: file, places: r.places}
	if !r.readable(text) {
		return s, r.mistakes
	}
	if root := r.document(text); root != nil {
		r.secret = secretLines(root, len(r.lines))
		r.spec(root, &s)
	}
	return s, r.mistakes
}

// readable looks for what no YAML can hold, which the library reports without a
// place.
func (r *reader) readable(text []byte) bool {
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		r.at(1, 1, "the file is UTF-16", "save it as UTF-8")
		return false
	}
	for i, line := range r.lines {
		col := 1
		for rest := line; rest != ""; col++ {
			c, size := utf8.DecodeRuneInString(rest)
			rest = rest[size:]
			switch {
			case c == utf8.RuneError && size == 1:
				r.unreadable(i+1, col, "a byte that is not UTF-8", "save the file as UTF-8")
			case c < ' ' && c != '\t' || c == '\ufffe' || c == '\uffff':
				r.unreadable(i+1, col, fmt.Sprintf("a control character (U+%04X)", c), `write it as an escape in double quotes: "\x1b"`)
			default:
				continue
			}
			return false
		}
	}
	return true
}

// document finds the one document of the text.
func (r *reader) document(text []byte) *yaml.Node {
	loader, err := yaml.NewLoader(bytes.NewReader(text))
	if err != nil {
		r.at(1, 1, "cannot be read: "+err.Error(), "is it a text file?")
		return nil
	}
	var found *yaml.Node
	for {
		var doc yaml.Node
		if err := loader.Load(&doc); err == io.EOF {
			break
		} else if err != nil {
			r.syntax(err)
			return nil
		}
		if len(doc.Content) == 0 || isNull(doc.Content[0]) { // "---" before or behind everything
			continue
		}
		if found != nil {
			r.at(doc.Line, doc.Column, "a second document", "a file holds one spec: put the others into files of their own")
			return nil
		}
		found = doc.Content[0]
	}
	switch {
	case found == nil:
		r.at(1, 1, "there is nothing in the file", "a spec has at least a line like `image: nginx`")
		return nil
	case found.Kind != yaml.MappingNode:
		r.wrong(found, fmt.Sprintf("a spec is a mapping, this is %s", kind(found)), "a spec has at least a line like `image: nginx`")
		return nil
	}
	return found
}

func (r *reader) unreadable(line, col int, text, hint string) {
	if secretLine(r.lines, line) {
		r.secret = map[int]bool{line: true}
	}
	r.at(line, col, text, hint)
}

// isNull: nothing was written, or null was.
func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// kind is what a node is, for a person.
func kind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!str":
		return "text"
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	case "!!null":
		return "nothing"
	case "!!timestamp":
		return "a date"
	}
	return "of a type of its own" // the tag is not repeated: a secret can start with '!'
}
