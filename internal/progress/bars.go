package progress

import (
	"io"
	"strings"
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// NewBars shows a bar per image on a terminal of the given width in columns:
// name, step, bytes and rate. A bar goes away when its image has ended; the
// summary that follows says how.
func NewBars(w io.Writer, width int) Display {
	return &bars{
		pool:  mpb.New(mpb.WithOutput(w), mpb.WithWidth(max(10, min(24, width-58))), mpb.WithAutoRefresh()),
		width: width,
	}
}

type bars struct {
	pool  *mpb.Progress
	width int
}

func (b *bars) Close() { b.pool.Wait() }

func (b *bars) Task(name string) Task { return &barTask{bars: b, name: name} }

// barTask makes its bar at the first step, so twenty images that need nothing
// draw nothing.
type barTask struct {
	bars *bars
	name string

	mu   sync.Mutex
	bar  *mpb.Bar
	step string
}

func (t *barTask) Step(name string, bytes int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.step = name
	if bytes == 0 && t.bar == nil {
		return // asking a registry takes a moment: not worth a bar
	}
	if t.bar != nil {
		t.bar.Abort(true)
	}
	label := func(decor.Statistics) string { return column(t.name, 24) + column(name, 12) }
	if bytes == 0 {
		t.bar = t.bars.pool.New(0, mpb.SpinnerStyle(), mpb.PrependDecorators(decor.Any(label)), mpb.BarRemoveOnComplete())
		return
	}
	t.bar = t.bars.pool.AddBar(bytes, mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Any(label)),
		mpb.AppendDecorators(decor.CountersKiloByte("% .1f/% .1f"), decor.Name(" "), decor.AverageSpeed(decor.SizeB1000(0), "% .0f")))
}

func (t *barTask) Add(n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bar != nil {
		t.bar.IncrInt64(n)
	}
}

func (t *barTask) End(Outcome, string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bar != nil {
		t.bar.Abort(true)
	}
}

// column brings s to exactly n columns, so that the bars stand below each other.
func column(s string, n int) string {
	if runes := []rune(s); len(runes) >= n {
		return string(runes[:n-2]) + "… "
	}
	return s + strings.Repeat(" ", n-len([]rune(s)))
}
