package diag

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"lxdocker/internal/terminal"
)

// Reader reads one document and collects what is wrong with it.
type Reader struct {
	format      Format
	file        string // for messages
	lines       []string
	secret      map[int]bool // lines that must not be shown
	last        Place        // the end of the line used last, kept because a line can be very long
	diagnostics Diagnostics
	reported    int // including those beyond maxDiagnostics
	places      map[string]Place
	nodes       int           // read so far
	joined      map[int][]int // by line, the columns of surrogate pairs that were joined
}

// Limits for the work that one file can cause. With YAML aliases, a small file can
// stand for billions of values.
const (
	maxNodes       = 50_000
	maxDiagnostics = 1000 // of one file
)

// Diagnostics returns everything found so far.
func (r *Reader) Diagnostics() Diagnostics { return r.diagnostics }

// Reported returns the number of diagnostics so far. If it has not grown, nothing
// was wrong in between.
func (r *Reader) Reported() int { return r.reported }

// Wrong reports something wrong with a node.
func (r *Reader) Wrong(n Node, text, hint string) { r.at(n.y.Line, n.y.Column, text, hint) }

// WrongValue reports something wrong with the value of a key: at the value, or at
// the key if nothing is written after it.
func (r *Reader) WrongValue(e Entry, text, hint string) { r.Wrong(e.Where(), text, hint) }

// WrongType reports that the value of a key, called what, is not what was wanted.
func (r *Reader) WrongType(e Entry, what, wanted, hint string) {
	if e.Value.IsNull() {
		r.WrongValue(e, what+" has no value", hint)
		return
	}
	r.WrongValue(e, fmt.Sprintf("%s must be %s, this is %s", what, wanted, e.Value.Kind()), hint)
}

// WrongAt reports something wrong at a remembered place.
func (r *Reader) WrongAt(p Place, text, hint string) { r.at(p.Line, p.Col, text, hint) }

func (r *Reader) at(line, col int, text, hint string) {
	r.reported++
	if len(r.diagnostics) > maxDiagnostics {
		return
	}
	if len(r.diagnostics) == maxDiagnostics {
		text, hint = "more errors than anybody wants to read", "correct the ones above first"
	}
	p := r.place(line, col)
	if p.Source == "" && r.lines[p.Line-1] != "" {
		hint += " (the line is not shown: it may hold a secret)"
	}
	r.diagnostics = append(r.diagnostics, p.Diagnostic(r.file, text, hint))
}

// place returns a position that exists: the library's can be after the end.
func (r *Reader) place(line, col int) Place {
	line = min(max(line, 1), len(r.lines))
	if r.last.Line != line {
		text := terminal.CleanInPlace(r.lines[line-1])
		r.last = Place{line, utf8.RuneCountInString(text) + 1, text}
		if r.secret[line] || HasLogin(text) || strings.Contains(text, "PRIVATE KEY") {
			r.last.Source = ""
		}
	}
	return Place{line, min(max(col, 1), r.last.Col), r.last.Source}
}

// Remember keeps the place of the value of a key, for what is reported later.
func (r *Reader) Remember(key string, n Node) { r.places[key] = r.place(n.y.Line, n.y.Column) }

// Places returns the remembered places.
func (r *Reader) Places() map[string]Place { return r.places }

// spend counts a node, and returns false when there are too many.
func (r *Reader) spend(n Node) bool {
	r.nodes++
	if r.nodes == maxNodes+1 {
		r.Wrong(n, fmt.Sprintf("the %s has more than %d values", r.format.Name, maxNodes), "do aliases (*name) multiply them?")
	}
	return r.nodes <= maxNodes
}

// Quote returns text from the file in quotes, shortened, with control characters
// escaped.
func Quote(s string) string {
	const most = 60
	if characters := []rune(s); len(characters) > most {
		s = string(characters[:most]) + "…"
	}
	return strconv.Quote(s)
}
