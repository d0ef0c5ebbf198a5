package build

import (
	"context"
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

	mu    sync.Mutex
	wrote time.Time
}

// published says that the index lacks something.
func (i *index) published(ctx context.Context) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.now().Sub(i.wrote) < betweenIndexes {
		return nil // flush will
	}
	return i.write(ctx)
}

// flush brings the index up to date.
func (i *index) flush(ctx context.Context) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.write(ctx)
}

func (i *index) write(ctx context.Context) error {
	err := i.store.UpdateStreams(ctx, simplestreams.RenderVersions)
	i.wrote = i.now()
	return err
}
