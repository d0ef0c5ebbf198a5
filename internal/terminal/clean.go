package terminal

import (
	"strings"
	"unicode"
)

// Clean makes foreign text one line of at most that many characters: white space
// is folded, "?" stands for what cannot be printed, and "…" for what was cut off.
func Clean(s string, most int) string {
	cut := len(s) > 8*most // however long, only so much of it is looked at
	if cut {
		s = s[:8*most]
	}
	s = strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c):
			return ' '
		case !unicode.IsPrint(c) || c == unicode.ReplacementChar:
			return '?'
		}
		return c
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if characters := []rune(s); len(characters) > most {
		return string(characters[:most]) + "…"
	}
	if cut {
		return s + "…"
	}
	return s
}

// CleanInPlace makes a line fit to be shown with marks below it: each character
// that cannot be printed becomes U+FFFD, so that the others stay in their columns.
// Tabs stay.
func CleanInPlace(line string) string {
	return strings.Map(func(c rune) rune {
		if c == '\t' || unicode.IsPrint(c) {
			return c
		}
		return unicode.ReplacementChar
	}, line)
}
