package progress

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// NewBars shows a bar per image on a terminal of the given width in columns:
// name, step, bytes and rate. A bar goes away when its image has ended; the
// summary that follows says how.
func NewBars(w io.Writer, width int) Display {
	return bars{mpb.New(mpb.WithOutput(w), mpb.WithWidth(max(10, min(24, width-58))), mpb.WithAutoRefresh())}
}

type bars struct{ pool *mpb.Progress }

func (b bars) Close() { b.pool.Wait() }

func (b bars) Task(name string) Task {
	t := &barTask{name: name}
	t.bar = b.pool.AddBar(0, mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Any(t.label)),
		mpb.AppendDecorators(decor.Any(t.numbers)))
	return t
}

// barTask owns one bar for all its steps, so that lines do not jump.
type barTask struct {
	name string
	bar  *mpb.Bar

	mu    sync.Mutex
	step  string
	began time.Time
}

func (t *barTask) Step(name string, bytes int64) {
	t.mu.Lock()
	t.step, t.began = name, time.Now()
	t.mu.Unlock()
	t.bar.SetTotal(bytes, false)
	t.bar.SetCurrent(0)
}

func (t *barTask) Add(n int64) { t.bar.IncrInt64(n) }

func (t *barTask) End(Outcome, string) { t.bar.Abort(true) }

func (t *barTask) label(decor.Statistics) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return column(t.name, 24) + column(t.step, 12)
}

// numbers says how far a step is: bytes and rate, or only the time when nobody
// knows how many bytes it will be.
func (t *barTask) numbers(s decor.Statistics) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	elapsed := time.Since(t.began)
	if t.began.IsZero() {
		return ""
	}
	if s.Total <= 0 {
		return fmt.Sprintf(" %4.1fs", elapsed.Seconds())
	}
	rate := int64(float64(s.Current) / max(elapsed.Seconds(), 0.001))
	return fmt.Sprintf(" %s %s/s", Size(s.Current), Size(rate))
}

// column brings s to exactly n columns, so that the bars stand below each other.
func column(s string, n int) string {
	if runes := []rune(s); len(runes) >= n {
		return string(runes[:n-2]) + "… "
	}
	return s + strings.Repeat(" ", n-len([]rune(s)))
}
