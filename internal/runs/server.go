package runs

import (
	"context"
	"slices"
	"time"
)

// Serve notes that this program is an imgserver that converts. Follow writes it.
func (l *Log) Serve(s Server) {
	if l == nil {
		return
	}
	s.Process, s.Began = process(), l.now().UTC()
	var release func()
	s.Mark, release = l.mark()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.server, l.dirty = &marked[Server]{s, release}, true
}

// Change notes what Serve has noted otherwise. It is written soon.
func (l *Log) Change(how func(*Server)) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server != nil {
		how(&l.server.value)
		l.soon()
	}
}

// Next notes when this imgserver looks at the specs next. It is written soon.
func (l *Log) Next(at time.Time) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server != nil {
		at = at.UTC()
		l.server.value.Next = &at
		l.soon()
	}
}

// soon has Follow write what it has not written. The caller has mu.
func (l *Log) soon() {
	l.dirty = true
	select {
	case l.wake <- struct{}{}:
	default: // that is about to happen
	}
}

// Measured notes what a cache takes. The next Flush writes it.
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

// Follow writes what is pending, again and again, until ctx ends, and then that the server has
// ended.
func (l *Log) Follow(ctx context.Context) {
	if l == nil {
		return
	}
	l.Flush(ctx)
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-l.wake:
			l.Flush(ctx)
		case <-tick.C:
			l.Flush(ctx)
		}
	}
	l.mu.Lock()
	if l.server == nil {
		l.mu.Unlock()
		return
	}
	at := l.now().UTC()
	l.server.value.Ended, l.server.value.Next = &at, nil
	release := l.server.release
	l.mu.Unlock()
	l.changeWithin(ctx, hurry, func(*Record) {})
	release()
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
