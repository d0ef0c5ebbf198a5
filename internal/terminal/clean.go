package terminal

import (
	"strings"
	"unicode"
)

// Clean turns foreign text into one line of at most that many characters. White
// space is folded, "?" replaces what cannot be printed, and "…" what was cut off.
func Clean(s string, most int) string {
	cut := len(s) > 8*most // do not look at all of a very long text
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

// CleanInPlace makes a line safe to show with marks below it. U+FFFD replaces each
// character that cannot be printed, so that all others stay in their columns. Tabs
// are kept.
func CleanInPlace(line string) string {
	return strings.Map(func(c rune) rune {
		if c == '\t' || unicode.IsPrint(c) {
			return c
		}
		return unicode.ReplacementChar
	}, line)
}
