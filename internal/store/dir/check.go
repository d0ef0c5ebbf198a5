package dir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"golang.org/x/sys/unix"

	"lxdocker/internal/image"
)

// Check implements store.Store.
func (s *Store) Check(ctx context.Context, of ...image.Product) error {
	err := ctx.Err()
	if err == nil && len(of) == 0 {
		of, err = s.checkAll(ctx)
	} else if err == nil {
		of, err = s.different(ctx, of)
	}
	if err == nil && len(of) > 0 {
		err = s.mend(ctx, of)
	}
	if err != nil {
		return fmt.Errorf("checking the store %s: %w", s.dir, err)
	}
	return nil
}

// checkAll looks through all folders, and returns the products that may not be as
// the state has them. It leaves others time, and does not keep anybody waiting.
func (s *Store) checkAll(ctx context.Context) (of []image.Product, err error) {
	if _, err := s.Versions(ctx); err != nil {
		return nil, err
	}
	there := map[image.Product]bool{}
	err = s.lookThrough(ctx, 1, func(p image.Product, seen record) {
		s.mu.Lock()
		defer s.mu.Unlock()
		there[p] = true
		if d := s.state.difference(p, seen); !d.empty() {
			of = append(of, p)
		}
	})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.state.snapshot.Products() {
		if !there[p] {
			of = append(of, p)
		}
	}
	for id := range s.state.faults {
		if !there[id.Product] {
			of = append(of, id.Product)
		}
	}
	s.state.looked = s.clock().UTC().Truncate(time.Second)
	return of, nil
}

// different returns those of some products that are not as the state has them.
func (s *Store) different(ctx context.Context, of []image.Product) ([]image.Product, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refresh(ctx); err != nil {
		return nil, err
	}
	r, err := s.differences(of)
	return r.products(), err
}

// compare notices that a version is not what the ledger says: somebody has touched
// it, and this is what he found.
func (s *Store) compare(ctx context.Context, id image.ID, v image.Version, err error) {
	if exhausted(err) || ctx.Err() != nil {
		return
	}
	right := func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		known, there := s.state.snapshot.Version(id)
		known.Pinned = nil
		return there == (err == nil) && (err != nil || same(known, v))
	}
	if right() {
		return
	}
	if _, e := s.Versions(ctx); e != nil || right() { // which may know more by now
		return
	}
	if e := s.mend(ctx, []image.Product{id.Product}); e != nil {
		s.log.Warn("cannot note that a version is not what it was", "folder", id.Dir(), "error", e)
	}
}

// mend makes the ledger say what is in the folders of some products. A process that may not
// write the ledger remembers that for itself.
func (s *Store) mend(ctx context.Context, of []image.Product) error {
	err := s.withLock(ctx, func() error {
		if err := s.prepare(ctx); err != nil {
			return err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		r, err := s.differences(of)
		if err == nil && !r.empty() {
			s.write(r)
		}
		return err
	})
	if !errors.Is(err, fs.ErrPermission) && !errors.Is(err, unix.EROFS) && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.differences(of)
	if err == nil && !r.empty() {
		s.unsaved.add(r)
		s.report(s.state.apply(r))
	}
	return err
}

// daily is how often a run looks through all folders when it begins.
const daily = 24 * time.Hour

// checkDaily looks through the folders if nobody has done so for a day, and notes
// that.
func (s *Store) checkDaily(ctx context.Context) error {
	s.mu.Lock()
	err := s.refresh(ctx)
	since := s.clock().Sub(s.state.looked) // negative if a clock was wrong
	due := s.state.at != (position{}) && (since >= daily || since < -image.ClockSkew)
	s.mu.Unlock()
	if err != nil || !due {
		return err
	}
	if err := s.Check(ctx); err != nil {
		return err
	}
	return s.withLock(ctx, func() error {
		if err := s.prepare(ctx); err != nil {
			return err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		at := s.clock().UTC().Truncate(time.Second)
		s.write(record{Looked: &at})
		return nil
	})
}
