package runs

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"sync"
	"time"
)

// Log writes the record, for a program that works on images. All methods may be called of a
// nil Log, which writes nothing, and by several goroutines. What goes wrong is logged once, and
// stops nobody.
type Log struct {
	keeper Keeper
	by     string
	now    func() time.Time
	log    *slog.Logger
	wake   chan struct{} // has Follow write soon

	mu      sync.Mutex
	run     *marked[Run]    // that is under way
	server  *marked[Server] // nil: this program is none
	cache   *Cache          // nil: nothing is known
	pending map[key]event   // what became of images, and is not written yet
	dirty   bool            // server or cache is not
	said    bool
}

// marked is what has a mark of the keeper.
type marked[T any] struct {
	value   T
	release func()
}

// New returns the log of a program, which is called by.
func New(k Keeper, by string, now func() time.Time, log *slog.Logger) *Log {
	return &Log{keeper: k, by: by, now: now, log: log, wake: make(chan struct{}, 1), pending: map[key]event{}}
}

// Begin notes that a run on all specs begins.
func (l *Log) Begin(ctx context.Context) {
	if l == nil {
		return
	}
	run := Run{By: l.by, Process: process(), Began: l.now().UTC()}
	var release func()
	run.Mark, release = l.mark()
	l.mu.Lock()
	l.run = &marked[Run]{run, release}
	l.mu.Unlock()
	l.change(ctx, func(r *Record) {
		r.Before = r.Last()
		r.Run = &run
	})
}

// End notes how the run ended that began last, or that one could not begin. failures are all
// that failed. Of other images of specs stays says whether they fail as before, because the
// run did not come to them.
func (l *Log) End(ctx context.Context, run Run, failures []Failure, stays func(title string) bool) {
	if l == nil {
		return
	}
	at := l.now().UTC()
	l.mu.Lock()
	begun := l.run
	l.run = nil
	l.mu.Unlock()
	alone := begun == nil
	if alone {
		begun = &marked[Run]{Run{By: l.by, Process: process(), Began: at}, func() {}}
	}
	was := begun.value
	run.Mark, run.By, run.Process, run.Began = was.Mark, was.By, was.Process, was.Began
	run.Ended, run.Error = &at, short(run.Error)
	l.change(ctx, func(r *Record) {
		if !alone || !l.under(r.Run) {
			r.Before, r.Run = r.Last(), &run
			if run.complete() {
				r.Before = nil
			}
		}
		failed := map[string]bool{}
		for _, f := range failures {
			failed[short(f.Title)] = true
			r.fail(f, at)
		}
		r.keep(func(f Failure) bool { return f.Hub || failed[f.Title] || stays(f.Title) })
	})
	begun.release()
}

// under says whether a run is under way.
func (l *Log) under(run *Run) bool {
	if run == nil || run.Ended != nil {
		return false
	}
	there, err := l.keeper.Marked(run.Mark)
	return err == nil && there
}

// How long to wait for others who change the record: they do so within milliseconds, unless
// a disk stalls. A server that ends has less time.
const (
	patience = time.Minute
	hurry    = 5 * time.Second
)

// change changes the record, with what is pending. The caller does not have mu.
func (l *Log) change(ctx context.Context, f func(*Record)) { l.changeWithin(ctx, patience, f) }

func (l *Log) changeWithin(ctx context.Context, patience time.Duration, f func(*Record)) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	write := l.take()
	err := l.keeper.ChangeRecord(ctx, func(old []byte) (fresh []byte, damaged, err error) {
		r, damaged := Decode(old)
		if damaged != nil {
			r = &Record{}
		}
		r.forget(l.now())
		write(r)
		f(r)
		fresh, err = r.Encode()
		return fresh, damaged, err
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil && !l.said {
		l.said = true
		l.log.Warn("cannot note what becomes of images, so `lxdocker status` will not know; the work goes on", "error", err)
	}
}

// mark makes a mark, if that is possible.
func (l *Log) mark() (mark int64, release func()) {
	mark = rand.Int64() >> 2 // as far as files reach
	release, err := l.keeper.Mark(mark)
	if err != nil {
		l.log.Debug("cannot mark that something is under way", "error", err)
		return mark, func() {}
	}
	return mark, release
}

// process is this process, for people.
func process() string {
	host, err := os.Hostname()
	if err != nil {
		return fmt.Sprint(os.Getpid())
	}
	return fmt.Sprintf("%d on %s", os.Getpid(), host)
}
