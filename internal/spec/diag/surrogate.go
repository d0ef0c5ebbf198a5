package diag

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// maxPairs is how many surrogate pairs are understood in one file, because the library
// starts over for each.
const maxPairs = 1000

// surrogatePair is how JSON writes a character beyond U+FFFF in an escape (RFC 8259,
// section 7). YAML has another escape for it, but also claims to read JSON.
var surrogatePair = regexp.MustCompile(`^\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})`)

const (
	lengthOfPair   = len(`\ud83d\ude00`)
	lengthOfEscape = len(`\U0001f600`)
)

// load parses the text, in which it replaces surrogate pairs by YAML's escape where the
// library stumbles over them, which is in double quotes only. The nodes have the places
// of the text as it was.
func (r *Reader) load(text []byte) ([]yaml.Node, error) {
	for range maxPairs {
		nodes, err := documents(text)
		var e *yaml.LoadError
		if !errors.As(err, &e) || e.Message != badEscape || !r.joinPair(&text, e.Mark) {
			r.restore(nodes, e)
			return nodes, err
		}
	}
	return documents(text)
}

// joinPair replaces the surrogate pair whose first digits are at a mark, if there is one.
func (r *Reader) joinPair(text *[]byte, mark yaml.Mark) bool {
	at := offset(*text, mark.Line, mark.Column) - len(`\u`)
	if at < 0 {
		return false
	}
	found := surrogatePair.FindSubmatch((*text)[at:])
	if found == nil {
		return false
	}
	high, _ := strconv.ParseUint(string(found[1]), 16, 16) // the pattern has hex digits only
	low, _ := strconv.ParseUint(string(found[2]), 16, 16)
	joined := fmt.Appendf(nil, `\U%08x`, utf16.DecodeRune(rune(high), rune(low)))
	*text = append(append((*text)[:at:at], joined...), (*text)[at+lengthOfPair:]...)
	if r.joined == nil {
		r.joined = make(map[int][]int)
	}
	r.joined[mark.Line] = append(r.joined[mark.Line], r.column(mark.Line, mark.Column)-len(`\u`))
	return true
}

// column returns where a column was before pairs of the line were joined.
func (r *Reader) column(line, col int) int {
	for _, pair := range r.joined[line] {
		if col > pair {
			col += lengthOfPair - lengthOfEscape
		}
	}
	return col
}

// restore gives nodes and an error the places of the text as it was.
func (r *Reader) restore(nodes []yaml.Node, e *yaml.LoadError) {
	if r.joined == nil {
		return
	}
	if e != nil {
		e.Mark.Column = r.column(e.Mark.Line, e.Mark.Column)
		e.ContextMark.Column = r.column(e.ContextMark.Line, e.ContextMark.Column)
	}
	for i := range nodes {
		r.restoreNode(&nodes[i])
	}
}

func (r *Reader) restoreNode(n *yaml.Node) {
	n.Column = r.column(n.Line, n.Column)
	for _, child := range n.Content {
		r.restoreNode(child)
	}
}

// offset finds the byte at a line and column, both from 1; -1 if there is none.
func offset(text []byte, line, col int) int {
	at := 0
	for ; line > 1; line-- {
		next := lineBreak.FindIndex(text[at:])
		if next == nil {
			return -1
		}
		at += next[1]
	}
	for ; col > 1 && at < len(text); col-- {
		_, size := utf8.DecodeRune(text[at:])
		at += size
	}
	return at
}
