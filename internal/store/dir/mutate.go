package dir

import (
	"context"
	"errors"
	"fmt"
	"os"

	"lxdocker/internal/durable"
	"lxdocker/internal/image"
)

// withLock runs f with the mutation lock, while nobody else, in this process or in
// another, changes what is where in the store. It is for moves and small files only:
// image data is written before, into a draft. f must not call withLock again.
func (s *Store) withLock(ctx context.Context, f func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mutating.Lock()
	defer s.mutating.Unlock()
	lock, err := durable.Lock(ctx, s.path(writingFile), func(holder string) {
		s.log.Warn("waiting for another process that changes the store", "lock", s.path(writingFile), "holder", holder)
	})
	if err != nil {
		return fmt.Errorf("taking a turn at the store: %w", err)
	}
	defer lock.Unlock()
	if err := s.checkFormat(); err != nil {
		return fmt.Errorf("writing to the store: %w", err)
	}
	return f()
}

// change changes something of some products, with the mutation lock: f does it, and
// says in a record what came of that.
func (s *Store) change(ctx context.Context, of []image.Product, f func(*record) error) error {
	return s.withLock(ctx, func() error {
		if err := s.prepare(ctx); err != nil {
			return err
		}
		return s.commit(of, f)
	})
}

// prepare makes the state, and the ledger, say what is in the folders. The caller has
// the mutation lock.
func (s *Store) prepare(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	end, err := s.readNews()
	if errors.Is(err, errNoLedger) {
		return s.rebuild(ctx)
	}
	if err != nil {
		return err
	}
	if s.state.at != end { // somebody died while he wrote a record
		if err := os.Truncate(s.path(ledgerFile), s.state.at.offset); err != nil {
			return fmt.Errorf("repairing the ledger: %w", err)
		}
	}
	return s.catchUp(ctx)
}

// catchUp writes to the ledger what it should say and does not: what became of a
// change whose author died, what this process has seen in the folders, and what
// those have changed who write no ledger. The caller has the mutation lock, and mu.
func (s *Store) catchUp(ctx context.Context) (err error) {
	var r record
	switch {
	case s.signs() != s.state.signs:
		// A process that died may have caused that, or an older lxdocker, somewhere else.
		r, err = s.differencesToAll(ctx)
	case s.state.begun:
		r, err = s.differences(s.state.open)
	case s.unsaved.empty():
		return nil
	}
	if err != nil {
		return err
	}
	also, err := s.facts(s.unsaved)
	if err != nil {
		return err
	}
	r.add(also)
	s.unsaved = unsaved{}
	s.write(r)
	return nil
}

// commit is change for those who have the mutation lock, and have called prepare.
func (s *Store) commit(of []image.Product, f func(*record) error) error {
	if err := s.begin(of); err != nil {
		return err
	}
	return s.commitBegun(of, f)
}

// commitBegun is commit after the ledger says that something is about to change.
func (s *Store) commitBegun(of []image.Product, f func(*record) error) error {
	var r record
	err := f(&r)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		// Some of it may have been done.
		var also error
		if r, also = s.differences(of); also != nil {
			return err // somebody else will look
		}
	}
	s.write(r)
	return err
}
