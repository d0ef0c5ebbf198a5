package dir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"time"

	"lxdocker/internal/durable"
	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// Versions implements store.Store. It reads the new records of the ledger; without a
// ledger, it reads the folders. A folder that should be a version, but is not, is logged
// once.
func (s *Store) Versions(ctx context.Context) (*store.Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := ctx.Err()
	if err == nil {
		err = s.refresh(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("listing the store %s: %w", s.dir, err)
	}
	return s.state.snapshot, nil
}

// refreshes bounds how often the ledger is read because it grew meanwhile.
const refreshes = 100

// refresh brings the state up to date. The caller has mu.
func (s *Store) refresh(ctx context.Context) error {
	for range refreshes {
		end, err := s.readNews()
		if errors.Is(err, errNoLedger) {
			return s.refreshFromFolders(ctx)
		}
		if err != nil {
			return err
		}
		settled, err := s.checkSigns(ctx, end)
		if err != nil || settled {
			return err
		}
	}
	return errors.New("the ledger changes whenever one looks")
}

// errNoLedger says that there is no ledger, or none that can be read.
var errNoLedger = errors.New("there is no ledger")

// readNews applies what the ledger says beyond the state, and returns where the
// ledger ends. The caller has mu.
func (s *Store) readNews() (end position, err error) {
	path := s.path(ledgerFile)
	end, ok := ledgerEnd(path)
	if !ok || end == s.broken {
		return end, errNoLedger
	}
	if end == s.state.at {
		return end, nil
	}
	records, to, err := readLedger(path, s.state.at)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return end, errNoLedger
	case errors.Is(err, errBadRecord):
		s.log.Warn("the ledger of the store cannot be used; its folders are read instead", "file", path, "error", err)
		s.broken = end
		return end, errNoLedger
	case err != nil:
		return end, err
	}
	if to.same(s.state.at) {
		s.report(s.state.apply(records...))
	} else {
		s.reload(records)
	}
	s.state.at = to
	return end, nil
}

// reload replaces the state by that of a whole ledger, or of all folders. Unchanged
// products stay the same in the next snapshot.
func (s *Store) reload(records []record) {
	old, fresh := s.state, newState()
	fresh.snapshot = old.snapshot
	c := newChanges(fresh, len(records))
	for p := range old.snapshot.All() {
		c.packed[p] = ""
	}
	for i := range records {
		c.apply(&records[i])
	}
	fresh.records = len(records)
	c.faulty = !maps.Equal(old.faults, fresh.faults)
	c.finish()
	s.state = fresh
	for _, f := range c.news {
		if old.faults[f.ID] != f.Error {
			s.report([]fault{f})
		}
	}
}

func (s *Store) report(news []fault) {
	for _, f := range news {
		s.log.Warn("skipping a damaged version", "folder", f.Dir(), "error", f.Error)
	}
}

// checkSigns looks whether the state is what is in the folders, as far as that can
// be told at once. It is false if the ledger has to be read again. The caller has mu.
func (s *Store) checkSigns(ctx context.Context, end position) (settled bool, err error) {
	if !s.state.begun && s.signs() == s.state.signs {
		return true, nil
	}
	lock, err := durable.TryShare(s.path(writingFile))
	if errors.Is(err, durable.ErrLocked) {
		return true, nil // somebody changes something just now; this was right when he began
	}
	if err == nil {
		defer lock.Unlock()
	}
	if now, ok := ledgerEnd(s.path(ledgerFile)); !ok || now != end {
		return false, nil
	}
	now := s.signs() // before looking: what changes meanwhile shows the next time
	var r record
	switch {
	case s.state.begun && now == s.state.signs:
		r, err = s.differences(s.state.open)
	case !s.state.begun && time.Since(s.lookedAt) < s.pause():
		return true, nil
	default:
		r, err = s.differencesToAll(ctx)
	}
	if err != nil {
		return false, err
	}
	r.Done, r.Signs = true, &now
	s.unsaved.add(r)
	s.report(s.state.apply(r))
	s.state.records--
	return true, nil
}

// fewProducts are looked through whenever somebody asks, however slow the disk is.
const fewProducts = 300

// pause is how long nobody looks through the folders again: a small share of the
// time goes into that, however many there are.
func (s *Store) pause() time.Duration {
	if len(s.state.snapshot.Products()) < fewProducts {
		return 0
	}
	return 20 * s.lookTook
}

// refreshFromFolders is refresh without a ledger. The caller has mu.
func (s *Store) refreshFromFolders(ctx context.Context) error {
	if err := s.checkVacant(); err != nil {
		return err
	}
	if !s.lookedAt.IsZero() && time.Since(s.lookedAt) < s.pause() && s.state.at == (position{}) {
		return nil
	}
	records, err := s.lookAtAll(ctx)
	if err != nil {
		return err
	}
	s.reload(records)
	return nil
}

// differences says in what the folders of products differ from the state. The
// caller has mu.
func (s *Store) differences(of []image.Product) (record, error) {
	var all record
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return all, err
	}
	defer root.Close()
	for _, p := range of {
		seen, err := s.look(root, p, s.load)
		if err != nil {
			return all, err
		}
		all.add(s.state.difference(p, seen))
	}
	return all, nil
}

// facts says what is so now of what is unsaved. The caller has mu.
func (s *Store) facts(about unsaved) (all record, err error) {
	if about.empty() {
		return all, nil
	}
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return all, err
	}
	defer root.Close()
	for p := range about.products {
		seen, err := s.look(root, p, s.load)
		if err != nil {
			return all, err
		}
		if len(seen.Pins) == 0 {
			seen.Pins = []pinned{{Product: p}}
		}
		all.add(seen)
	}
	for id := range about.gone {
		if _, err := root.Lstat(id.Dir()); errors.Is(err, fs.ErrNotExist) {
			all.Gone = append(all.Gone, id)
		}
	}
	return all, nil
}

// differencesToAll is differences for all products.
func (s *Store) differencesToAll(ctx context.Context) (record, error) {
	records, err := s.lookAtAll(ctx)
	if err != nil {
		return record{}, err
	}
	return s.state.differenceToAll(records), nil
}
