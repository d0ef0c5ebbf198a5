package progress

import (
	"encoding/json"
	"io"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"lxdocker/internal/failure"
)

// event is one line of --json.
type event struct {
	Event   string  `json:"event"`             // "step", "fetch", "layer", "known" or "end"
	Image   string  `json:"image"`             // "nginx/amd64"
	Step    string  `json:"step,omitempty"`    // of "step"
	Layers  int     `json:"layers,omitempty"`  // of the step "fetching": how many there are
	Digest  string  `json:"digest,omitempty"`  // of "fetch", which begins, of "layer", which was fetched, and of "known", which was there already
	Bytes   int64   `json:"bytes,omitempty"`   // of "step": how many it will be; of "end": how many were fetched; else of the layer's blob
	Seconds float64 `json:"seconds,omitempty"` // of "layer": what it took to fetch and unpack it
	Outcome Outcome `json:"outcome,omitempty"` // of "end"
	Detail  string  `json:"detail,omitempty"`  // of "end": the version, or why it failed
	Kind    string  `json:"kind,omitempty"`    // of "end", if it failed: the failure.Kind
	Cause   string  `json:"cause,omitempty"`   // and the failure.Cause, if it is known
}

// NewEvents shows progress as JSON, one event a line.
func NewEvents(w io.Writer) Display { return &events{out: json.NewEncoder(w)} }

type events struct {
	mu  sync.Mutex
	out *json.Encoder
}

func (e *events) Close() {}

func (e *events) Task(name string) Task { return &eventTask{events: e, name: name} }

type eventTask struct {
	events  *events
	name    string
	fetched atomic.Int64
}

func (t *eventTask) Step(name string, bytes int64) {
	t.emit(event{Event: "step", Image: t.name, Step: name, Bytes: bytes})
}

func (t *eventTask) Add(int64) {}

func (t *eventTask) Fetch(layers int, bytes int64) {
	t.emit(event{Event: "step", Image: t.name, Step: Fetching, Layers: layers, Bytes: bytes})
}

func (t *eventTask) Layer(digest string, bytes int64) Layer {
	t.emit(event{Event: "fetch", Image: t.name, Digest: digest, Bytes: max(0, bytes)})
	return &eventLayer{task: t, digest: digest, began: time.Now()}
}

func (t *eventTask) Known(digest string, bytes int64) {
	t.emit(event{Event: "known", Image: t.name, Digest: digest, Bytes: max(0, bytes)})
}

func (t *eventTask) End(outcome Outcome, detail string) {
	t.emit(event{Event: "end", Image: t.name, Outcome: outcome, Detail: detail, Bytes: t.fetched.Load()})
}

func (t *eventTask) Fail(err error) {
	t.emit(event{Event: "end", Image: t.name, Outcome: Failed, Detail: err.Error(), Kind: failure.KindOf(err).String(), Cause: string(failure.CauseOf(err)), Bytes: t.fetched.Load()})
}

// emit drops the error: a reader that went away must not stop a build.
func (t *eventTask) emit(e event) {
	t.events.mu.Lock()
	defer t.events.mu.Unlock()
	_ = t.events.out.Encode(e)
}

type eventLayer struct {
	task   *eventTask
	digest string
	began  time.Time
	come   atomic.Int64
}

func (l *eventLayer) Add(n int64) {
	l.come.Add(n)
	l.task.fetched.Add(n)
}

func (l *eventLayer) End(err error) {
	if err != nil {
		return // the image's own end says it
	}
	seconds := math.Round(time.Since(l.began).Seconds()*1000) / 1000
	l.task.emit(event{Event: "layer", Image: l.task.name, Digest: l.digest, Bytes: l.come.Load(), Seconds: seconds})
}
