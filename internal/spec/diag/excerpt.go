package diag

import (
	"strings"
	"unicode"
)

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
