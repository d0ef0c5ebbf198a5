package diag

import (
	"fmt"
	"strings"
)

// Entries reads a mapping. Of duplicate keys it returns the first and reports the
// others.
func (r *Reader) Entries(n Node) []Entry {
	var all []Entry
	first := make(map[string]int)
	content := n.y.Content
	for i := 0; i+1 < len(content) && r.spend(n); i += 2 {
		e := Entry{At: resolve(content[i]), Value: resolve(content[i+1])}
		if !e.At.IsScalar() {
			r.Wrong(e.At, "a key must be text, this is "+e.At.Kind(), "put quotes around it")
			continue
		}
		e.Key = e.At.Written()
		if line, twice := first[e.Key]; twice {
			name := e.Key
			if r.secret[e.At.y.Line] { // it may be NAME=value that was meant for a list
				name, _, _ = strings.Cut(name, "=")
			}
			r.Wrong(e.At, "duplicate key "+Quote(name), fmt.Sprintf("it is already in line %d", line))
			continue
		}
		first[e.Key] = e.At.y.Line
		all = append(all, e)
	}
	return all
}

// Items reads a list.
func (r *Reader) Items(n Node) []Node {
	var all []Node
	for _, item := range n.y.Content {
		if !r.spend(Node{item}) {
			break
		}
		all = append(all, resolve(item))
	}
	return all
}

// Unknown reports a key that does not exist, and returns the one that was probably
// meant, or "".
func (r *Reader) Unknown(e Entry, keys Keys) string {
	if len(r.diagnostics) > maxDiagnostics {
		return ""
	}
	meant := keys.Meant(e.Key)
	var hint string
	if keys.Hint != nil {
		hint = keys.Hint(e.Key)
	}
	switch {
	case hint != "":
	case meant != "":
		hint = fmt.Sprintf("did you mean %q?", meant)
	default:
		hint = "known keys: " + strings.Join(keys.Known, ", ")
	}
	r.Wrong(e.At, "unknown key "+Quote(e.Key), hint)
	return meant
}
