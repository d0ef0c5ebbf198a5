package diag

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Format describes a kind of document.
type Format struct {
	Name string // what messages call one: "spec"
	Hint string // what one needs at least
	Keys Keys   // of the top level

	MayBeEmpty bool // a file with nothing but comments is right, too
}

// Read parses a file that holds one document, a mapping. If it does not, the Reader
// has the reason.
func Read(file string, text []byte, f Format) (*Reader, Node, bool) {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // Windows editors write it, and YAML allows it
	r := &Reader{format: f, file: file, lines: splitLines(string(text)), places: map[string]Place{}}
	if !r.readable(text) {
		return r, Node{}, false
	}
	root, ok := r.document(text)
	if ok {
		r.secret = secretLines(root.y, len(r.lines), f.Keys)
	}
	return r, root, ok
}

// readable looks for bytes that cannot be in YAML, which the library reports without
// a place.
func (r *Reader) readable(text []byte) bool {
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

// document returns the one document of the text.
func (r *Reader) document(text []byte) (Node, bool) {
	nodes, err := r.load(asVersion1(text))
	if err != nil {
		r.syntax(err)
		return Node{}, false
	}
	var found Node
	for _, doc := range nodes {
		if len(doc.Content) == 0 || (Node{doc.Content[0]}).IsNull() { // "---" before or behind everything
			continue
		}
		if found.y != nil {
			r.at(doc.Line, doc.Column, "a second document", fmt.Sprintf("a file holds one %s: put the others into files of their own", r.format.Name))
			return Node{}, false
		}
		found.y = doc.Content[0]
	}
	switch {
	case found.y == nil && r.format.MayBeEmpty:
		return Node{&yaml.Node{Kind: yaml.MappingNode}}, true
	case found.y == nil:
		r.at(1, 1, "there is nothing in the file", r.format.Hint)
		return Node{}, false
	case !found.IsMapping():
		r.Wrong(found, fmt.Sprintf("a %s is a mapping, this is %s", r.format.Name, found.Kind()), r.format.Hint)
		return Node{}, false
	}
	return found, true
}

// documents parses all documents of a text.
func documents(text []byte) ([]yaml.Node, error) {
	loader, err := yaml.NewLoader(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	var all []yaml.Node
	for {
		var doc yaml.Node
		if err := loader.Load(&doc); err == io.EOF {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, doc)
	}
}

func (r *Reader) unreadable(line, col int, text, hint string) {
	if secretLine(r.lines, line, r.format.Keys) {
		r.secret = map[int]bool{line: true}
	}
	r.at(line, col, text, hint)
}
