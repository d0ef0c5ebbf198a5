package build

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"lxdocker/internal/simplestreams"
	"lxdocker/internal/store"
)

// betweenIndexes is how long the static index may lack what a run has published:
// writing it costs as much as there is in the store, however little is new.
const betweenIndexes = time.Minute

// index writes the static index of a store now and then while images are published.
type index struct {
	store store.Store
	now   func() time.Time
	log   *slog.Logger

	mu    sync.Mutex
	wrote time.Time
	due   *time.Timer // writes it if nothing else is published; nil if it lacks nothing
}

// published says that the index lacks something.
func (i *index) published(ctx context.Context) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.due == nil {
		i.due = time.AfterFunc(max(0, betweenIndexes-i.now().Sub(i.wrote)), func() { i.late(ctx) })
	}
}

// late writes what nobody has flushed.
func (i *index) late(ctx context.Context) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.due == nil {
		return
	}
	if err := i.write(ctx); err != nil {
		i.log.Warn("cannot write the static index yet", "error", err)
	}
}

// flush brings the index up to date.
func (i *index) flush(ctx context.Context) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.write(ctx)
}

func (i *index) write(ctx context.Context) error {
	i.forget()
	err := i.store.UpdateStreams(ctx, simplestreams.RenderProducts)
	i.wrote = i.now()
	return err
}

// stop sees to it that nothing is written later.
func (i *index) stop() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.forget()
}

func (i *index) forget() {
	if i.due != nil {
		i.due.Stop()
		i.due = nil
	}
}
