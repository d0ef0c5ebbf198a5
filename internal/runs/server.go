package runs

import (
	"context"
	"slices"
	"time"
)

// Serve notes that this program is an imgserver that converts. End of it is told by calling
// ended.
func (l *Log) Serve(ctx context.Context, s Server) (ended func()) {
	if l == nil {
		return func() {}
	}
	s.Process, s.Began = process(), l.now().UTC()
	var release func()
	s.Mark, release = l.mark()
	l.mu.Lock()
	l.server = &marked[Server]{s, release}
	l.mu.Unlock()
	l.change(ctx, func(*Record) {})
	return func() {
		l.mu.Lock()
		at := l.now().UTC()
		l.server.value.Ended, l.server.value.Next = &at, nil
		l.mu.Unlock()
		l.change(ctx, func(*Record) {})
		release()
	}
}

// Next notes when this imgserver looks at the specs next. It is written by the next Flush.
func (l *Log) Next(at time.Time) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server != nil {
		at = at.UTC()
		l.server.value.Next, l.dirty = &at, true
	}
}

// Measured notes what a cache takes. It is written as Next is.
func (l *Log) Measured(folder string, bytes, limit int64) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cache, l.dirty = &Cache{Folder: folder, Bytes: bytes, Limit: limit, At: l.now().UTC()}, true
}

// flushEvery bounds how often the record is written because of images on demand.
const flushEvery = 5 * time.Second

// Follow writes what is pending, again and again, until ctx ends.
func (l *Log) Follow(ctx context.Context) {
	if l == nil {
		return
	}
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			l.Flush(ctx)
		}
	}
}

// put puts a server into the record. Others that do not run any more make room for it.
func (l *Log) put(r *Record, s Server) {
	r.Servers = slices.DeleteFunc(r.Servers, func(other Server) bool {
		if other.Mark == s.Mark {
			return true
		}
		there, err := l.keeper.Marked(other.Mark)
		return err == nil && !there
	})
	r.Servers = append(r.Servers, s)
}
