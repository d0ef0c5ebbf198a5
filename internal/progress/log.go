package progress

import (
	"log/slog"
	"sync/atomic"
	"time"
)

// NewLog shows progress in a log, for a server: that a layer is being fetched, which may
// take long, and the rest as debug messages. How an image ended is logged by whoever
// asked for it.
func NewLog(log *slog.Logger) Display { return logDisplay{log} }

type logDisplay struct{ log *slog.Logger }

func (d logDisplay) Close() {}

func (d logDisplay) Task(name string) Task { return logTask{d.log.With("image", name)} }

type logTask struct{ log *slog.Logger }

func (t logTask) Step(name string, bytes int64) { t.log.Debug(name, "bytes", bytes) }

func (t logTask) Add(int64) {}

func (t logTask) Fetch(layers int, bytes int64) {
	t.log.Debug(Fetching, "layers", layers, "bytes", bytes)
}

func (t logTask) Layer(digest string, bytes int64) Layer {
	t.log.Info("fetching a layer", "layer", digest, "bytes", bytes)
	return &logLayer{log: t.log.With("layer", digest), began: time.Now()}
}

func (t logTask) Known(digest string, bytes int64) {
	t.log.Debug("known", "layer", digest, "bytes", bytes)
}

func (t logTask) End(outcome Outcome, detail string) {
	if outcome != Failed { // that is said once, by whoever asked for it
		t.log.Debug(string(outcome), "detail", detail)
	}
}

func (t logTask) Fail(err error) { t.End(Failed, err.Error()) }

type logLayer struct {
	log   *slog.Logger
	began time.Time
	bytes atomic.Int64
}

func (l *logLayer) Add(bytes int64) { l.bytes.Add(bytes) }

func (l *logLayer) End(err error) {
	if err != nil {
		return // the image's own end says it
	}
	l.log.Debug("fetched", "bytes", l.bytes.Load(), "after", time.Since(l.began).Round(time.Millisecond))
}
