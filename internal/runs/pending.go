package runs

import (
	"context"
	"time"

	"lxdocker/internal/failure"
)

// key names an image of which something is pending.
type key struct {
	title string
	hub   bool
}

// event is what became of an image.
type event struct {
	failure Failure
	failed  bool // or it did not
	at      time.Time
}

// mostPending is of how many images something may be pending: strangers may ask for any.
const mostPending = 1000

// Failed notes that an image failed that is on demand, or was named. That is written by the
// next Flush, or with the next run.
func (l *Log) Failed(f Failure, err error) {
	f.Kind, f.Cause, f.Error = failure.KindOf(err).String(), string(failure.CauseOf(err)), err.Error()
	l.note(f, true)
}

// Succeeded notes that an image on demand, or one that was named, did not fail. It is written
// as Failed is.
func (l *Log) Succeeded(f Failure) { l.note(f, false) }

func (l *Log) note(f Failure, failed bool) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	k := key{f.Title, f.Hub}
	before, ok := l.pending[k]
	if !ok && len(l.pending) >= mostPending {
		return
	}
	if f.Times = 1; ok && before.failed {
		f.Times += before.failure.Times
	}
	l.pending[k] = event{f, failed, l.now().UTC()}
}

// Flush writes what is pending, if it changes anything.
func (l *Log) Flush(ctx context.Context) {
	if l == nil {
		return
	}
	l.mu.Lock()
	needed := l.dirty
	var cleared []key
	for k, e := range l.pending {
		needed = needed || e.failed
		cleared = append(cleared, k)
	}
	l.mu.Unlock()
	if needed || l.haveAny(cleared) {
		l.change(ctx, func(*Record) {})
	}
}

// haveAny says whether the record has a failure of one of these; if it has none, what is
// pending of them is done.
func (l *Log) haveAny(keys []key) bool {
	if len(keys) == 0 {
		return false
	}
	r, err := Read(l.keeper, l.now())
	if err == nil {
		for _, k := range keys {
			for _, f := range r.Failures {
				if f.Hub == k.hub && f.Title == short(k.title) {
					return true
				}
			}
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range keys {
		if !l.pending[k].failed {
			delete(l.pending, k)
		}
	}
	return false
}

// take takes what is pending, and returns how to write it.
func (l *Log) take() func(*Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	pending := l.pending
	l.pending, l.dirty = map[key]event{}, false
	var server *Server
	if l.server != nil {
		copied := l.server.value
		server = &copied
	}
	cache := l.cache
	return func(r *Record) {
		for _, e := range pending {
			if e.failed {
				r.fail(e.failure, e.at)
			} else {
				r.clear(e.failure)
			}
		}
		if server != nil {
			l.put(r, *server)
		}
		if cache != nil && (r.Cache == nil || r.Cache.At.Before(cache.At)) {
			r.Cache = cache
		}
	}
}
