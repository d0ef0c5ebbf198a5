package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Diagnostic is one thing that is wrong in a file.
type Diagnostic struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"` // from 1; 0 when it concerns the file as a whole
	Col    int    `json:"col,omitempty"`  // in characters, from 1
	Text   string `json:"text"`
	Source string `json:"source,omitempty"` // the line; "" when it may hold a secret
	Hint   string `json:"hint,omitempty"`
}

// Diagnostics is an error: everything that is wrong, in one file or in many.
type Diagnostics []Diagnostic

// Error prints a diagnostic as compilers do: the place and what is wrong, then
// the line with a mark below it and the hint behind the mark.
func (d Diagnostic) Error() string {
	var b strings.Builder
	b.WriteString(d.File)
	if d.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", d.Line, d.Col)
	}
	b.WriteString(": " + d.Text)
	if line, mark := excerpt(d.Source, d.Col); line != "" {
		b.WriteString("\n  " + line + "\n  " + strings.TrimRight(mark+"^ "+d.Hint, " "))
	} else if d.Hint != "" {
		b.WriteString("\n  " + d.Hint)
	}
	return b.String()
}

// Error prints all of them, one below the other, in the order of the files, also
// when diagnostics of several origins were put together.
func (d Diagnostics) Error() string {
	var texts []string
	for _, one := range d.sorted() {
		texts = append(texts, one.Error())
	}
	return strings.Join(texts, "\n")
}

// Err is the diagnostics as an error, in the order of the files, each one once;
// nil when there are none.
func (d Diagnostics) Err() error {
	if len(d) == 0 {
		return nil
	}
	return d.sorted()
}

func (d Diagnostics) sorted() Diagnostics {
	sorted := slices.SortedFunc(slices.Values(d), func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Col, b.Col),
			cmp.Compare(a.Text, b.Text),
		)
	})
	return slices.Compact(sorted)
}
