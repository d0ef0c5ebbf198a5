package progress

import (
	"fmt"
	"io"
	"sync"
)

// NewLines shows progress as plain lines: a line per step, a line per end. It
// suits logs and cron mails, so an image that did not change says nothing.
func NewLines(w io.Writer) Display { return &lines{w: w} }

type lines struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lines) Close() {}

func (l *lines) Task(name string) Task { return &lineTask{l, name} }

type lineTask struct {
	lines *lines
	name  string
}

func (t *lineTask) Step(name string, bytes int64) {
	if name == Resolving {
		return
	}
	if bytes > 0 {
		name += ", " + Size(bytes)
	}
	t.print(name)
}

func (t *lineTask) Add(int64) {}

func (t *lineTask) End(outcome Outcome, detail string) {
	switch outcome {
	case Unchanged:
	case Failed: // why, stands at the end of the run, where it is looked for
		t.print(string(outcome))
	default:
		t.print(string(outcome) + ": " + detail)
	}
}

func (t *lineTask) print(text string) {
	t.lines.mu.Lock()
	defer t.lines.mu.Unlock()
	fmt.Fprintf(t.lines.w, "%s: %s\n", t.name, text)
}

// Size says a number of bytes as people read it: "97.0 MB", in powers of ten.
func Size(n int64) string {
	const unit = 1000
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	value, names := float64(n)/unit, "kMGT"
	for len(names) > 1 && value >= unit {
		value, names = value/unit, names[1:]
	}
	return fmt.Sprintf("%.1f %cB", value, names[0])
}
