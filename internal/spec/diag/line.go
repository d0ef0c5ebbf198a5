package diag

import (
	"fmt"
	"strings"
	"unicode"
)

// NotInLine has the characters that one line of text cannot have, as in the brackets of a
// regular expression: controls, and those that end a line (U+0085, U+2028, U+2029) or
// show what follows in another order than it has (U+202A to U+202E, U+2066 to U+2069).
const NotInLine = `\x00-\x1f\x7f-\x9f` + "\u2028-\u202e\u2066-\u2069"

func notInLine(c rune) bool {
	return unicode.IsControl(c) || '\u2028' <= c && c <= '\u202e' || '\u2066' <= c && c <= '\u2069'
}

// Line reads text that is shown to people: one line without control characters.
func (r *Reader) Line(e Entry, what string) (string, bool) {
	s, ok := r.Text(e, what)
	return r.oneLine(e, what, s, ok)
}

// WrittenLine is Line for any scalar.
func (r *Reader) WrittenLine(e Entry, what string) (string, bool) {
	s, ok := r.Written(e, what)
	return r.oneLine(e, what, s, ok)
}

func (r *Reader) oneLine(e Entry, what, s string, ok bool) (string, bool) {
	s = strings.TrimSpace(s)
	at := strings.IndexFunc(s, notInLine)
	if !ok || at < 0 {
		return s, ok
	}
	hint := "use > instead of | to fold several lines into one"
	if c := []rune(s[at:])[0]; !strings.ContainsRune("\n\r\u0085\u2028\u2029", c) {
		hint = fmt.Sprintf("leave out the character U+%04X, which cannot be seen", c)
	}
	r.WrongValue(e, what+" must be one line of plain text", hint)
	return "", false
}
