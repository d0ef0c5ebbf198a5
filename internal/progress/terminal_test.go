package progress_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// terminal understands the few codes that a picture is drawn with, and what
// goes wrong on a real one: lines that wrap, and pictures that scroll away.
type terminal struct {
	columns, lines int

	mu          sync.Mutex
	rows        [][]rune // of all time: what scrolled out of the window stays here
	row, column int
	faults      []string
}

func (t *terminal) size() (columns, lines int) { return t.columns, t.lines }

func (t *terminal) fault(format string, args ...any) {
	t.faults = append(t.faults, fmt.Sprintf(format, args...))
}

// top is the first row of the window.
func (t *terminal) top() int { return max(0, len(t.rows)-t.lines) }

func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for s := string(p); s != ""; {
		if rest, ok := strings.CutPrefix(s, "\x1b["); ok {
			end := strings.IndexAny(rest, "ABCDHJKm")
			if end < 0 {
				t.fault("a code that is not whole: %q", s)
				break
			}
			t.code(rest[end], rest[:end])
			s = rest[end+1:]
			continue
		}
		r, n := utf8.DecodeRuneInString(s)
		t.put(r)
		s = s[n:]
	}
	return len(p), nil
}

func (t *terminal) here() []rune {
	for len(t.rows) <= t.row {
		t.rows = append(t.rows, nil)
	}
	return t.rows[t.row]
}

func (t *terminal) put(r rune) {
	line := t.here()
	switch r {
	case '\r':
		t.column = 0
		return
	case '\n': // as terminals are set, it begins a line
		t.row++
		t.column = 0
		t.here()
		return
	}
	if t.column >= t.columns-1 {
		t.fault("a line reaches the last column: %q", string(line))
		return
	}
	for len(line) <= t.column {
		line = append(line, ' ')
	}
	line[t.column] = r
	t.rows[t.row] = line
	t.column++
}

func (t *terminal) code(c byte, arg string) {
	switch c {
	case 'A':
		n, err := strconv.Atoi(arg)
		if err != nil || t.row-n < t.top() {
			t.fault("up %q from row %d, but the window begins at row %d", arg, t.row, t.top())
			return
		}
		t.row -= n
	case 'K':
		t.rows[t.row] = t.here()[:min(t.column, len(t.here()))]
	case 'J':
		t.rows[t.row] = t.here()[:min(t.column, len(t.here()))]
		t.rows = t.rows[:t.row+1]
	case 'm':
	default:
		t.fault("the code %q%c", arg, c)
	}
}

// text is all that stands there, without empty lines at the end.
func (t *terminal) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out strings.Builder
	for _, line := range t.rows {
		out.WriteString(strings.TrimRight(string(line), " ") + "\n")
	}
	return strings.TrimRight(out.String(), "\n")
}
