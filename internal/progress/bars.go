package progress

import (
	"io"
	"slices"
	"sync"
	"time"

	"lxdocker/internal/terminal"
)

const (
	redrawEvery = 150 * time.Millisecond // between two pictures
	// A step that ends sooner is not shown, and a task that pauses for less is not
	// hidden: otherwise lines would come and go faster than anyone can read.
	showAfter = 400 * time.Millisecond
	idleAfter = 2 * time.Second
)

// NewBars shows on a terminal what goes on now: a line for each image that is worked
// on, and below it a line for each layer that is being fetched. Tasks that ended
// disappear; the summary that follows reports them. size returns the columns and
// lines of the terminal, which may change; zero means unknown.
//
// The Display is an io.Writer, too: what is written to it, such as a log, appears
// above the picture.
func NewBars(w io.Writer, size func() (columns, lines int)) Display {
	b := &bars{screen: screen{w: w}, size: size, stop: make(chan struct{}), stopped: make(chan struct{})}
	go b.run()
	return b
}

type bars struct {
	size          func() (columns, lines int)
	stop, stopped chan struct{}
	once          sync.Once

	mu     sync.Mutex
	screen screen
	tasks  []*barTask // in the order they came
}

func (b *bars) run() {
	defer close(b.stopped)
	tick := time.NewTicker(redrawEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			b.draw(time.Now())
		case <-b.stop:
			return
		}
	}
}

func (b *bars) draw(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, t := range b.tasks {
		t.meter.sample(now)
		for _, l := range t.layers {
			l.meter.sample(now)
		}
	}
	columns, lines := b.size()
	b.screen.show(picture(b.tasks, columns, lines, now))
}

// Write puts text above the picture.
func (b *bars) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	lines := b.screen.lines
	b.screen.show(nil)
	defer b.screen.show(lines)
	return b.screen.w.Write(p)
}

func (b *bars) Close() {
	b.once.Do(func() { close(b.stop) })
	<-b.stopped
	b.mu.Lock()
	defer b.mu.Unlock()
	b.screen.show(nil)
}

func (b *bars) Task(name string) Task {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := &barTask{bars: b, name: terminal.Clean(name, 200), meter: newMeter(time.Now())}
	b.tasks = append(b.tasks, t)
	return t
}

// barTask and everything in it are guarded by the lock of its bars.
type barTask struct {
	bars  *bars
	name  string
	step  string
	total int64 // bytes of the step; 0: not known
	meter meter // of the step

	count  int         // layers of the step Fetching
	ready  int         // how many of them are there
	layers []*barLayer // that are being fetched, in the order they came
	busy   time.Time   // when the last of them ended
}

func (t *barTask) Step(name string, bytes int64) { t.begin(name, 0, bytes) }

func (t *barTask) Fetch(layers int, bytes int64) { t.begin(Fetching, layers, bytes) }

func (t *barTask) begin(step string, layers int, bytes int64) {
	t.bars.mu.Lock()
	defer t.bars.mu.Unlock()
	t.step, t.count, t.total, t.ready, t.meter = step, layers, bytes, 0, newMeter(time.Now())
}

func (t *barTask) Add(n int64) {
	t.bars.mu.Lock()
	defer t.bars.mu.Unlock()
	t.meter.n += n
}

func (t *barTask) Known(string, int64) {
	t.bars.mu.Lock()
	defer t.bars.mu.Unlock()
	t.ready++
}

func (t *barTask) End(Outcome, string) {
	t.bars.mu.Lock()
	defer t.bars.mu.Unlock()
	t.bars.tasks = slices.DeleteFunc(t.bars.tasks, func(other *barTask) bool { return other == t })
}

func (t *barTask) Fail(err error) { t.End(Failed, err.Error()) }

func (t *barTask) Layer(digest string, bytes int64) Layer {
	t.bars.mu.Lock()
	defer t.bars.mu.Unlock()
	now := time.Now()
	if len(t.layers) == 0 && now.Sub(t.busy) > idleAfter {
		// Time spent waiting for others does not count in its rate.
		t.meter.began, t.meter.last, t.meter.seen, t.meter.rate = now, now, t.meter.n, 0
	}
	l := &barLayer{task: t, digest: digest, total: bytes, meter: newMeter(now)}
	t.layers = append(t.layers, l)
	return l
}

type barLayer struct {
	task   *barTask
	digest string
	total  int64 // bytes; negative: not known
	meter  meter
}

func (l *barLayer) Add(n int64) {
	l.task.bars.mu.Lock()
	defer l.task.bars.mu.Unlock()
	l.meter.n += n
	l.task.meter.n += n
}

func (l *barLayer) End(err error) {
	l.task.bars.mu.Lock()
	defer l.task.bars.mu.Unlock()
	l.task.layers = slices.DeleteFunc(l.task.layers, func(other *barLayer) bool { return other == l })
	l.task.busy = time.Now()
	if err == nil {
		l.task.ready++
	}
}
