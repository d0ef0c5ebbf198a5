package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Mistake is one thing that is wrong in a spec file.
type Mistake struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"` // from 1; 0 when it concerns the file as a whole
	Col    int    `json:"col,omitempty"`  // in characters, from 1
	Text   string `json:"text"`
	Source string `json:"source,omitempty"` // the line; "" when it may hold a secret
	Hint   string `json:"hint,omitempty"`
}

// Mistakes is an error: everything that is wrong, sorted by place.
type Mistakes []Mistake

// Error prints one mistake as compilers do: the place and what is wrong, then
// the line with a mark below it and the hint behind the mark.
func (m Mistake) Error() string {
	var b strings.Builder
	b.WriteString(m.File)
	if m.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", m.Line, m.Col)
	}
	b.WriteString(": " + m.Text)
	if line, mark := excerpt(m.Source, m.Col); line != "" {
		b.WriteString("\n  " + line + "\n  " + strings.TrimRight(mark+"^ "+m.Hint, " "))
	} else if m.Hint != "" {
		b.WriteString("\n  " + m.Hint)
	}
	return b.String()
}

// Error prints all mistakes, one below the other, in the order of the files, also
// when mistakes of several origins were put together.
func (m Mistakes) Error() string {
	var texts []string
	for _, mistake := range slices.Clone(m).sorted() {
		texts = append(texts, mistake.Error())
	}
	return strings.Join(texts, "\n")
}

// sorted puts mistakes into the order of the files; the same one is kept once.
func (m Mistakes) sorted() Mistakes {
	slices.SortFunc(m, func(a, b Mistake) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Col, b.Col),
			cmp.Compare(a.Text, b.Text),
		)
	})
	return slices.Compact(m)
}

// concern says that one of the mistakes is in the file of a spec.
func (m Mistakes) concern(s Spec) bool {
	return slices.ContainsFunc(m, func(mistake Mistake) bool { return mistake.File == s.File })
}

// err is the mistakes as an error, nil when there are none.
func (m Mistakes) err() error {
	if len(m) == 0 {
		return nil
	}
	return m.sorted()
}
