package terminal

import (
	"fmt"
	"io"
	"sync"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Writer filters a program's output: characters that control a terminal, or change the
// order of others, do not get through. Characters that are not printable are written as
// \u001b, like in JSON and Go, so that JSON stays equivalent. Line ends and tabs are kept.
// Write may be called concurrently.
type Writer struct {
	mu   sync.Mutex
	w    io.Writer
	rest []byte // the beginning of a character whose end has not come yet
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Below is where the text of a Writer goes: that may be a terminal, and who draws on one
// writes to it himself. Of all others it is themselves.
func Below(w io.Writer) io.Writer {
	if c, is := w.(*Writer); is {
		return c.w
	}
	return w
}

func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rest) == 0 && isPlain(p) {
		return w.w.Write(p)
	}
	text := append(w.rest, p...)
	clean := make([]byte, 0, len(text)+16)
	for len(text) > 0 && utf8.FullRune(text) {
		c, size := utf8.DecodeRune(text)
		clean = appendShown(clean, c)
		text = text[size:]
	}
	w.rest = append([]byte(nil), text...)
	if _, err := w.w.Write(clean); err != nil {
		return 0, err
	}
	return len(p), nil
}

// isPlain says that nothing has to be looked at more closely.
func isPlain(p []byte) bool {
	for _, b := range p {
		if (b < ' ' || b >= 0x7f) && b != '\n' && b != '\t' {
			return false
		}
	}
	return true
}

// appendShown appends a character as it is shown.
func appendShown(to []byte, c rune) []byte {
	switch {
	case c == '\n' || c == '\t' || unicode.IsGraphic(c):
		return utf8.AppendRune(to, c)
	case c > 0xffff:
		high, low := utf16.EncodeRune(c)
		return fmt.Appendf(to, `\u%04x\u%04x`, high, low)
	}
	return fmt.Appendf(to, `\u%04x`, c)
}
