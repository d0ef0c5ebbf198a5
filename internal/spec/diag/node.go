package diag

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// Node is a value in a document: a mapping, a list, or a scalar.
type Node struct{ y *yaml.Node }

// Entry is a key of a mapping with its value.
type Entry struct {
	Key   string
	At    Node // the key
	Value Node
}

// Item returns an item of the value, a list, as an entry with the key of the list.
func (e Entry) Item(n Node) Entry { return Entry{Key: e.Key, At: e.At, Value: n} }

// Where returns the value, or the key if nothing is written after it.
func (e Entry) Where() Node {
	if e.Value.IsNull() && e.Value.Written() == "" { // its position is that of the next key
		return e.At
	}
	return e.Value
}

// IsNull says that nothing was written, or null.
func (n Node) IsNull() bool { return n.IsScalar() && n.y.ShortTag() == "!!null" }

func (n Node) IsMapping() bool { return n.y.Kind == yaml.MappingNode }
func (n Node) IsList() bool    { return n.y.Kind == yaml.SequenceNode }
func (n Node) IsScalar() bool  { return n.y.Kind == yaml.ScalarNode }
func (n Node) IsInteger() bool { return n.IsScalar() && n.y.ShortTag() == "!!int" }

// IsMerge says that a key is the "<<" of YAML 1.1.
func (n Node) IsMerge() bool { return n.y.ShortTag() == "!!merge" }

// Written returns a scalar as it is written, without quotes.
func (n Node) Written() string { return n.y.Value }

// Len returns the number of items of a list; 0 if it is no list.
func (n Node) Len() int {
	if !n.IsList() {
		return 0
	}
	return len(n.y.Content)
}

// Item returns an item of a list.
func (n Node) Item(i int) Node { return resolve(n.y.Content[i]) }

// IsPlain says that a node is a scalar without quotes.
func (n Node) IsPlain() bool {
	return n.IsScalar() && n.y.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
}

// IsWord says that a node is this word without quotes: in small letters, in capitals
// or with an initial capital, as with true and null in YAML.
func (n Node) IsWord(word string) bool { return n.IsPlain() && spelling(n.Written()) == word }

// Bool reads true and false, also as the words of YAML 1.1, which older files use.
func (n Node) Bool() (value, ok bool) {
	if tag := n.y.ShortTag(); !n.IsPlain() || tag != "!!bool" && tag != "!!str" {
		return false, false
	}
	switch spelling(n.Written()) {
	case "y", "yes", "true", "on":
		return true, true
	case "n", "no", "false", "off":
		return false, true
	}
	return false, false
}

// spelling returns a word in small letters if YAML accepts how it is capitalised:
// true, True and TRUE, but not tRUE.
func spelling(word string) string {
	lower := strings.ToLower(word)
	if word == lower || word == strings.ToUpper(word) || word == strings.ToUpper(word[:1])+lower[1:] {
		return lower
	}
	return ""
}

// Kind says what a node is, for messages.
func (n Node) Kind() string {
	switch {
	case n.IsMapping():
		return "a mapping"
	case n.IsList():
		return "a list"
	}
	switch n.y.ShortTag() {
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
	return "of a type of its own" // without the tag, because a secret can start with '!'
}

// resolve follows an alias. The result has the position of the alias.
func resolve(n *yaml.Node) Node {
	if n.Kind != yaml.AliasNode || n.Alias == nil {
		return Node{n}
	}
	target := *n.Alias
	target.Line, target.Column = n.Line, n.Column
	return Node{&target}
}
