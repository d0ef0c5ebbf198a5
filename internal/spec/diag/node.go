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

// Item is an entry of a list, read as the value of the list's own key.
func (e Entry) Item(n Node) Entry { return Entry{Key: e.Key, At: e.At, Value: n} }

// Where is the value, or the key when nothing is written behind it.
func (e Entry) Where() Node {
	if e.Value.IsNull() && e.Value.Written() == "" { // stands where the next key starts
		return e.At
	}
	return e.Value
}

// IsNull: nothing was written, or null was.
func (n Node) IsNull() bool { return n.IsScalar() && n.y.ShortTag() == "!!null" }

func (n Node) IsMapping() bool { return n.y.Kind == yaml.MappingNode }
func (n Node) IsList() bool    { return n.y.Kind == yaml.SequenceNode }
func (n Node) IsScalar() bool  { return n.y.Kind == yaml.ScalarNode }
func (n Node) IsInteger() bool { return n.IsScalar() && n.y.ShortTag() == "!!int" }

// IsMerge says that a key is YAML's "<<".
func (n Node) IsMerge() bool { return n.y.ShortTag() == "!!merge" }

// Written is a scalar as it is written, without quotes.
func (n Node) Written() string { return n.y.Value }

// Len is the number of items of a list.
func (n Node) Len() int {
	if !n.IsList() {
		return 0
	}
	return len(n.y.Content)
}

// Item is an item of a list.
func (n Node) Item(i int) Node { return resolve(n.y.Content[i]) }

// IsPlain says that a scalar is written without quotes.
func (n Node) IsPlain() bool {
	return n.IsScalar() && n.y.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
}

// IsWord says that a scalar is a word without quotes, in small letters, in capital
// letters, or with a capital first, as YAML has true and null.
func (n Node) IsWord(word string) bool { return n.IsPlain() && spelling(n.Written()) == word }

// Bool understands true and false also in the words of YAML 1.1, which older
// files use.
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

// spelling: YAML knows true, True and TRUE, but not tRUE.
func spelling(word string) string {
	lower := strings.ToLower(word)
	if word == lower || word == strings.ToUpper(word) || word == strings.ToUpper(word[:1])+lower[1:] {
		return lower
	}
	return ""
}

// Kind is what a node is, for a person.
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
	return "of a type of its own" // the tag is not repeated: a secret can start with '!'
}

// resolve follows an alias; the result stands where the alias does.
func resolve(n *yaml.Node) Node {
	if n.Kind != yaml.AliasNode || n.Alias == nil {
		return Node{n}
	}
	target := *n.Alias
	target.Line, target.Column = n.Line, n.Column
	return Node{&target}
}
