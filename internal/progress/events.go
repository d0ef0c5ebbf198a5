package progress

import (
	"encoding/json"
	"io"
	"sync"
	"sync/atomic"
)

// Event is one line of --json.
type Event struct {
	Event   string  `json:"event"`             // "step" or "end"
	Image   string  `json:"image"`             // "nginx/amd64"
	Step    string  `json:"step,omitempty"`    // of "step"
	Bytes   int64   `json:"bytes,omitempty"`   // of "step": how many it will be; of "end": how many were moved
	Outcome Outcome `json:"outcome,omitempty"` // of "end"
	Detail  string  `json:"detail,omitempty"`  // of "end": the version, or why it failed
}

// NewEvents shows progress as JSON, one Event a line.
func NewEvents(w io.Writer) Display { return &events{out: json.NewEncoder(w)} }

type events struct {
	mu  sync.Mutex
	out *json.Encoder
}

func (e *events) Close() {}

func (e *events) Task(name string) Task { return &eventTask{events: e, name: name} }

type eventTask struct {
	events *events
	name   string
	moved  atomic.Int64
}

func (t *eventTask) Step(name string, bytes int64) {
	t.emit(Event{Event: "step", Image: t.name, Step: name, Bytes: bytes})
}

func (t *eventTask) Add(n int64) { t.moved.Add(n) }

func (t *eventTask) End(outcome Outcome, detail string) {
	t.emit(Event{Event: "end", Image: t.name, Outcome: outcome, Detail: detail, Bytes: t.moved.Load()})
}

// emit drops the error: a reader that went away must not stop a build.
func (t *eventTask) emit(e Event) {
	t.events.mu.Lock()
	defer t.events.mu.Unlock()
	_ = t.events.out.Encode(e)
}
