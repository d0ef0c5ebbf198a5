package progress

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"lxdocker/internal/humanize"
)

// NewLines shows progress as plain lines: one for each step, the beginning and the end
// of each fetched layer, and each end, with the reason if it is a failure. It is for logs
// and mail from cron, so unchanged images get no line.
func NewLines(w io.Writer) Display { return &lines{w: w} }

type lines struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lines) Close() {}

func (l *lines) Task(name string) Task { return &lineTask{lines: l, name: name} }

type lineTask struct {
	lines *lines
	name  string

	mu       sync.Mutex
	fetching string // printed when the first layer is fetched, if any is
	known    int    // layers in the cache that were not reported yet
}

func (t *lineTask) Step(name string, bytes int64) {
	t.sayKnown()
	if name == Resolving || name == Merging {
		return
	}
	if bytes > 0 {
		name += ", " + humanize.Bytes(bytes)
	}
	t.print(name)
}

func (t *lineTask) Add(int64) {}

func (t *lineTask) Fetch(layers int, bytes int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fetching = fmt.Sprintf("%s, %s, %s", Fetching, plural(layers, "layer"), humanize.Bytes(bytes))
}

func (t *lineTask) Layer(digest string, bytes int64) Layer {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.fetching != "" {
		t.print(t.fetching)
		t.fetching = ""
	}
	size := ""
	if bytes >= 0 {
		size = ", " + humanize.Bytes(bytes)
	}
	t.print("layer " + short(digest) + ": fetching" + size)
	return &lineLayer{task: t, digest: digest, began: time.Now()}
}

func (t *lineTask) Known(string, int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.known++
}

// sayKnown reports the layers that were in the cache, in one line.
func (t *lineTask) sayKnown() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known > 0 {
		t.print(plural(t.known, "layer") + " known")
	}
	t.known = 0
}

func (t *lineTask) End(outcome Outcome, detail string) {
	switch outcome {
	case Unchanged, Interrupted: // whoever interrupted it knows
	default:
		t.sayKnown()
		t.print(string(outcome) + ": " + strings.ReplaceAll(detail, "\n", "; "))
	}
}

func (t *lineTask) Fail(err error) { t.End(Failed, err.Error()) }

func (t *lineTask) print(text string) {
	t.lines.mu.Lock()
	defer t.lines.mu.Unlock()
	fmt.Fprintf(t.lines.w, "%s: %s\n", t.name, text)
}

type lineLayer struct {
	task   *lineTask
	digest string
	began  time.Time

	mu   sync.Mutex
	come int64
}

func (l *lineLayer) Add(n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.come += n
}

func (l *lineLayer) End(err error) {
	if err != nil {
		return // the image's own end says it
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	took := time.Since(l.began)
	l.task.print(fmt.Sprintf("layer %s: %s in %.1f s, %s", short(l.digest), humanize.Bytes(l.come), took.Seconds(), humanize.Rate(l.come, took)))
}
