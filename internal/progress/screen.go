package progress

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// screen draws each picture over the one before. The cursor stays below the picture,
// so that whatever else is written comes after it. The codes are those of ECMA-48
// that every terminal has.
type screen struct {
	w     io.Writer
	lines []string // as they stand there now
}

// show replaces the picture in one write, so that a terminal draws it at once. Only
// lines that differ are written: a line that is erased and written again flickers.
func (s *screen) show(lines []string) {
	if slices.Equal(lines, s.lines) {
		return
	}
	var out strings.Builder
	if len(s.lines) > 0 {
		fmt.Fprintf(&out, "\x1b[%dA", len(s.lines)) // up
	}
	for i, line := range lines {
		if i >= len(s.lines) || s.lines[i] != line {
			out.WriteString(line + "\x1b[K") // and nothing behind it
		}
		out.WriteByte('\n')
	}
	if len(lines) < len(s.lines) {
		out.WriteString("\x1b[J") // and nothing below
	}
	s.lines = lines
	_, _ = io.WriteString(s.w, out.String()) // a terminal that went away must not stop a build
}

// dim marks text that matters only to those who look for it.
func dim(s string) string { return "\x1b[2m" + s + "\x1b[0m" }
