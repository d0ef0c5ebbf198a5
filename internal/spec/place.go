package spec

import (
	"strings"
	"unicode"
)

// place is where something stands in a file, with the line it stands in.
type place struct {
	line, col int
	source    string
}

// Mistake describes something wrong with the value of a key, found by somebody
// who knows more than this package does. The key is one of the top level
// ("image"), or a thing below it: "env.NAME", "properties.KEY",
// "requirements.KEY", "aliases.NAME", "architecture.WORD", "files./the/path".
// What is not in the file gets the nearest place that is.
func (s Spec) Mistake(key, text, hint string) Mistake {
	at, ok := s.places[key]
	if !ok {
		top, _, _ := strings.Cut(key, ".")
		at = s.places[top]
	}
	return Mistake{File: s.File, Line: at.line, Col: at.col, Text: text, Source: at.source, Hint: hint}
}

// splitLines cuts text where YAML does, so that line numbers mean the same lines.
func splitLines(text string) []string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n").Replace(text)
	return strings.Split(text, "\n")
}

// excerpt is the part of a line around col, without its indentation, and the
// white space that reaches below col.
func excerpt(source string, col int) (line, mark string) {
	const before, after = 60, 100 // characters beside col; a line may be a megabyte
	if strings.TrimSpace(source) == "" {
		return "", ""
	}
	all := []rune(source)
	at := min(max(col-1, 0), len(all))
	start := 0
	for start < at && unicode.IsSpace(all[start]) {
		start++
	}
	head, tail := "", ""
	if at-start > before {
		start, head = at-before, "…"
	}
	end := len(all)
	if end-at > after {
		end, tail = at+after, "…"
	}
	blank := func(c rune) rune {
		if c == '\t' { // as wide as above
			return c
		}
		return ' '
	}
	line = head + string(all[start:end]) + tail
	mark = strings.Map(blank, head+string(all[start:at]))
	return strings.TrimRight(line, " \t"), mark
}
