package spec

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"lxdocker/internal/terminal"
)

// reader reads one spec and collects what is wrong with it.
type reader struct {
	path     string // of the spec, for messages
	beside   folder
	lines    []string
	secret   map[int]bool // lines that must not be shown
	last     place        // the end of the line last asked for, which can be long
	mistakes Mistakes
	places   map[string]place
	nodes    int // read so far
	contents int // bytes
}

// Bounds of the work a spec can ask for: YAML's aliases can make a small file
// mean billions of values.
const (
	maxNodes    = 50_000
	maxMistakes = 1000 // of one file
)

// pair is a key with its value.
type pair struct {
	key   string
	at    *yaml.Node // the key
	value *yaml.Node
}

// wrong reports a mistake at a node.
func (r *reader) wrong(n *yaml.Node, text, hint string) { r.at(n.Line, n.Column, text, hint) }

// wrongValue reports a mistake in the value of a key: at the value, or at the key
// when nothing is written behind it.
func (r *reader) wrongValue(p pair, text, hint string) { r.wrong(p.where(), text, hint) }

func (p pair) where() *yaml.Node {
	if isNull(p.value) && p.value.Value == "" { // stands where the next key starts
		return p.at
	}
	return p.value
}

func (r *reader) at(line, col int, text, hint string) {
	if len(r.mistakes) > maxMistakes {
		return
	}
	if len(r.mistakes) == maxMistakes {
		text, hint = "more mistakes than anybody wants to read", "correct the others first"
	}
	p := r.place(line, col)
	if p.source == "" && r.lines[p.line-1] != "" {
		hint += " (the line is not shown: it may hold a secret)"
	}
	r.mistakes = append(r.mistakes, Mistake{File: r.path, Line: p.line, Col: p.col, Text: text, Source: p.source, Hint: hint})
}

// place makes sure that a position exists: the library's can be behind the end.
func (r *reader) place(line, col int) place {
	line = min(max(line, 1), len(r.lines))
	if r.last.line != line {
		text := terminal.CleanInPlace(r.lines[line-1])
		r.last = place{line, utf8.RuneCountInString(text) + 1, text}
		if r.secret[line] || matches(loginPattern, text) {
			r.last.source = ""
		}
	}
	return place{line, min(max(col, 1), r.last.col), r.last.source}
}

// remember keeps where the value of a key stands, for mistakes found later.
func (r *reader) remember(key string, n *yaml.Node) { r.places[key] = r.place(n.Line, n.Column) }

// spend counts a node; false says that it is enough.
func (r *reader) spend(n *yaml.Node) bool {
	r.nodes++
	if r.nodes == maxNodes+1 {
		r.wrong(n, fmt.Sprintf("the spec has more than %d values", maxNodes), "do aliases (*name) multiply them?")
	}
	return r.nodes <= maxNodes
}

// resolve follows an alias; the result stands where the alias does.
func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind != yaml.AliasNode || n.Alias == nil {
		return n
	}
	target := *n.Alias
	target.Line, target.Column = n.Line, n.Column
	return &target
}

// pairs reads a mapping. Each key comes once: of two, the first.
func (r *reader) pairs(n *yaml.Node) []pair {
	var all []pair
	first := make(map[string]int)
	for i := 0; i+1 < len(n.Content) && r.spend(n); i += 2 {
		p := pair{at: resolve(n.Content[i]), value: resolve(n.Content[i+1])}
		if p.at.Kind != yaml.ScalarNode {
			r.wrong(p.at, "a key must be text, this is "+kind(p.at), "put quotes around it")
			continue
		}
		p.key = p.at.Value
		if line, twice := first[p.key]; twice {
			name := p.key
			if r.secret[p.at.Line] { // it may be NAME=value, meant for a list
				name, _, _ = strings.Cut(name, "=")
			}
			r.wrong(p.at, "duplicate key "+quote(name), fmt.Sprintf("it is in line %d already", line))
			continue
		}
		first[p.key] = p.at.Line
		all = append(all, p)
	}
	return all
}

// items reads a list.
func (r *reader) items(n *yaml.Node) []*yaml.Node {
	var all []*yaml.Node
	for _, item := range n.Content {
		if !r.spend(item) {
			break
		}
		all = append(all, resolve(item))
	}
	return all
}

// unknown reports a key that does not exist; it returns the one that was meant,
// if that is clear.
func (r *reader) unknown(p pair, keys []string, words map[string]string) string {
	if len(r.mistakes) > maxMistakes {
		return ""
	}
	meant := suggest(p.key, keys, words)
	hint := elsewhere(p.key)
	switch {
	case hint != "":
	case meant != "":
		hint = fmt.Sprintf("did you mean %q?", meant)
	default:
		hint = "known keys: " + strings.Join(keys, ", ")
	}
	r.wrong(p.at, "unknown key "+quote(p.key), hint)
	return meant
}

// quote shows text from the file, in quotes and without control characters.
func quote(s string) string {
	const most = 60
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most]) + "…"
	}
	return strconv.Quote(s)
}
