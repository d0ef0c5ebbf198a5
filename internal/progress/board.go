package progress

import (
	"slices"
	"sync"
	"time"
)

// Board remembers what goes on and what failed lately, for those who look now and then. It
// passes everything on to another Display.
type Board struct {
	next Display
	now  func() time.Time
	took func(step string, long time.Duration) // told of each step that has ended; nil: nobody is

	mu       sync.Mutex
	tasks    []*boardTask // in the order they came
	failures []Failure    // the newest last
}

// maxFailures is how many failures are remembered: the newest ones.
const maxFailures = 50

// NewBoard returns a Board that shows the same on another Display.
func NewBoard(next Display, now func() time.Time) *Board { return &Board{next: next, now: now} }

// Watch has somebody told of each step that has ended from now on. It is called before any task.
func (b *Board) Watch(took func(step string, long time.Duration)) { b.took = took }

// Standing is how far a task is.
type Standing struct {
	Name        string
	Step        string // "": none has begun
	Done, Total int64  // bytes of the step; Total is 0 if that is not known
	Began       time.Time
}

// Failure is how a task ended.
type Failure struct {
	Name string
	Err  error
	At   time.Time
}

// Tasks lists what goes on, the oldest first.
func (b *Board) Tasks() []Standing {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]Standing, len(b.tasks))
	for i, t := range b.tasks {
		all[i] = t.standing
	}
	return all
}

// Failures lists what failed last, the newest first, each name once. What has succeeded since is
// not in it.
func (b *Board) Failures() []Failure {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := slices.Clone(b.failures)
	slices.Reverse(all)
	return all
}

// Task implements Display.
func (b *Board) Task(name string) Task {
	t := &boardTask{board: b, next: b.next.Task(name), standing: Standing{Name: name, Began: b.now()}}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tasks = append(b.tasks, t)
	return t
}

// Close implements Display.
func (b *Board) Close() { b.next.Close() }

// end takes a task off. The caller has mu.
func (b *Board) end(t *boardTask) {
	b.tasks = slices.DeleteFunc(b.tasks, func(other *boardTask) bool { return other == t })
}

// forget takes off that a task of a name failed. The caller has mu.
func (b *Board) forget(name string) {
	b.failures = slices.DeleteFunc(b.failures, func(f Failure) bool { return f.Name == name })
}

// boardTask is guarded by the lock of its board.
type boardTask struct {
	board    *Board
	next     Task
	standing Standing
	since    time.Time // of the step
}

// leave ends a step. The caller has the lock.
func (t *boardTask) leave() {
	if t.standing.Step != "" && t.board.took != nil {
		t.board.took(t.standing.Step, t.board.now().Sub(t.since))
	}
}

func (t *boardTask) begin(step string, bytes int64) {
	t.board.mu.Lock()
	defer t.board.mu.Unlock()
	t.leave()
	t.standing.Step, t.standing.Done, t.standing.Total, t.since = step, 0, max(0, bytes), t.board.now()
}

func (t *boardTask) add(bytes int64) {
	t.board.mu.Lock()
	defer t.board.mu.Unlock()
	t.standing.Done += bytes
}

func (t *boardTask) Step(name string, bytes int64) {
	t.begin(name, bytes)
	t.next.Step(name, bytes)
}

func (t *boardTask) Add(bytes int64) {
	t.add(bytes)
	t.next.Add(bytes)
}

func (t *boardTask) Fetch(layers int, bytes int64) {
	t.begin(Fetching, bytes)
	t.next.Fetch(layers, bytes)
}

func (t *boardTask) Layer(digest string, bytes int64) Layer {
	return &boardLayer{t, t.next.Layer(digest, bytes)}
}

func (t *boardTask) Known(digest string, bytes int64) {
	t.add(max(0, bytes))
	t.next.Known(digest, bytes)
}

func (t *boardTask) End(outcome Outcome, detail string) {
	t.board.mu.Lock()
	t.leave()
	t.board.end(t)
	if outcome != Interrupted {
		t.board.forget(t.standing.Name)
	}
	t.board.mu.Unlock()
	t.next.End(outcome, detail)
}

func (t *boardTask) Fail(err error) {
	b := t.board
	b.mu.Lock()
	t.leave()
	b.end(t)
	b.forget(t.standing.Name)
	b.failures = append(b.failures, Failure{t.standing.Name, err, b.now()})
	b.failures = b.failures[max(0, len(b.failures)-maxFailures):]
	b.mu.Unlock()
	t.next.Fail(err)
}

// boardLayer counts for its task.
type boardLayer struct {
	task *boardTask
	next Layer
}

func (l *boardLayer) Add(bytes int64) {
	l.task.add(bytes)
	l.next.Add(bytes)
}

func (l *boardLayer) End(err error) { l.next.End(err) }
