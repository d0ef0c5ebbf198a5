package admin

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// Scrubber reads everything that a store has, again and again, and takes out of it what
// is damaged. It works so slowly that nobody notices.
type Scrubber struct {
	Store   store.Store
	Every   time.Duration // from the beginning of a pass to that of the next one
	Log     *slog.Logger
	Damaged func(image.Version) // told of each version that was taken away; may be nil

	throttle throttle
}

// throttle bounds how much of a disk's time goes into reading.
type throttle struct {
	sleep func(context.Context, time.Duration) // nil: time.Sleep, until the context ends
	now   func() time.Time
}

const (
	// atATime is how many bytes are read before a pause.
	atATime = 1 << 20
	// share is the part of the time, 1/share, that is spent reading.
	share = 10
	// mostPerSecond bounds what is read from a disk that is fast.
	mostPerSecond = 8 << 20
)

// Run works until ctx ends.
func (s *Scrubber) Run(ctx context.Context) {
	if s.throttle.now == nil {
		s.throttle = throttle{sleep, time.Now}
	}
	for ctx.Err() == nil {
		began := s.throttle.now()
		s.pass(ctx)
		s.throttle.sleep(ctx, max(s.Every-s.throttle.now().Sub(began), time.Minute))
	}
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// pass reads everything once: in another order each time, as a server that is often
// restarted would never see the last ones otherwise.
func (s *Scrubber) pass(ctx context.Context) {
	now, err := s.Store.Versions(ctx)
	if err != nil {
		return // who serves says so
	}
	products := now.Products()
	rand.Shuffle(len(products), func(i, j int) { products[i], products[j] = products[j], products[i] })
	seen := files{}
	for _, p := range products {
		now, err := s.Store.Versions(ctx)
		if err != nil || ctx.Err() != nil {
			return
		}
		for _, v := range now.Product(p) {
			s.read(ctx, v, seen)
		}
	}
}

// read reads a version, but for files that this pass has read for another one. If it is
// damaged, all that have the same file are.
func (s *Scrubber) read(ctx context.Context, v image.Version, seen files) {
	err := s.verify(ctx, v, seen)
	if errors.Is(err, store.ErrDamaged) {
		err = s.verify(ctx, v, seen) // memory makes mistakes, too
	}
	if ctx.Err() != nil || !errors.Is(err, store.ErrDamaged) {
		return // what cannot be read at all, opening it has noticed
	}
	also := s.sharing(ctx, v, seen)
	s.take(ctx, v, err)
	for _, other := range also {
		s.take(ctx, other, err)
	}
}

// take takes a damaged version out of the offer.
func (s *Scrubber) take(ctx context.Context, v image.Version, err error) {
	files := store.SetAside
	if v.Retired != nil {
		files = store.Delete
	}
	stays := s.Store.Remove(ctx, v.ID(), err.Error(), files)
	switch {
	case ctx.Err() != nil:
		return
	case v.Retired != nil:
		s.Log.Warn("a version that has left the index is damaged, and is removed", "image", v.Product(), "version", v.Serial, "error", err)
	default:
		s.Log.Error("a published version is damaged: it is no longer offered, is kept in the folder .damaged, and is made again by the next conversion; is the disk all right?",
			"image", v.Product(), "version", v.Serial, "error", err)
	}
	if stays != nil {
		s.Log.Warn("a damaged version cannot be removed; `lxdocker verify --repair` does so", "image", v.Product(), "version", v.Serial, "error", stays)
	}
	if s.Damaged != nil {
		s.Damaged(v)
	}
}

// verify reads what the pass has not read yet.
func (s *Scrubber) verify(ctx context.Context, v image.Version, seen files) error {
	return seen.verify(ctx, s.Store, v, s.throttled(ctx), nil)
}

// throttled pauses after every megabyte, so that the disk stays within its share.
func (s *Scrubber) throttled(ctx context.Context) func(n int64) {
	began, read := s.throttle.now(), int64(0)
	return func(n int64) {
		if read += n; read < atATime {
			return
		}
		took := s.throttle.now().Sub(began)
		whole := max(share*took, time.Duration(read)*time.Second/mostPerSecond)
		s.throttle.sleep(ctx, whole-took)
		began, read = s.throttle.now(), 0
	}
}
