package dir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"lxdocker/internal/durable"
	"lxdocker/internal/image"
)

// write says what is so now. If it cannot be written, it is remembered, and everybody
// else looks into the folders, as the ledger ends with what was begun. The caller has
// the mutation lock, and mu.
func (s *Store) write(r record) {
	r.Done = true
	now := s.signs()
	r.Signs = &now
	if err := s.append(&r); err != nil {
		s.log.Warn("cannot write to the ledger of the store now", "error", err)
		s.unsaved.add(r)
		s.report(s.state.apply(r))
	}
}

// append appends a record to the ledger, if there is one, and applies it. The caller
// has the mutation lock, and mu.
func (s *Store) append(r *record) error {
	if s.state.at == (position{}) {
		s.report(s.state.apply(*r))
		return nil
	}
	line, err := r.marshal()
	if err != nil {
		return err
	}
	// Apply what others will read, to the last nil.
	read, err := unmarshal(string(line[:len(line)-1]), new([]byte))
	if err != nil {
		return fmt.Errorf("writing the ledger of the store: %w", err)
	}
	path := s.path(ledgerFile)
	err = appendTo(path, line)
	// It is another user's, but the folder is ours; or somebody has removed it.
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
		if err = s.compact(); err == nil {
			err = appendTo(path, line)
		}
	}
	if err != nil {
		_ = os.Truncate(path, s.state.at.offset) // else it ends with half a record, which nobody minds
		return fmt.Errorf("writing the ledger of the store: %w", err)
	}
	s.state.at.offset += int64(len(line))
	s.report(s.state.apply(read))
	return nil
}

// begin appends that something is about to change, and waits for the disk. Nobody who asks
// the store waits with it: as in other processes, what is begun is seen before that. If the
// disk fails, it stays there, as if we had died. The caller has the mutation lock, and not mu.
func (s *Store) begin(of []image.Product) error {
	s.mu.Lock()
	err := s.append(&record{Begin: true, Of: of})
	none := s.state.at == (position{})
	s.mu.Unlock()
	if err != nil || none {
		return err
	}
	if err := s.sync(s.path(ledgerFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("writing the ledger of the store: %w", err)
	}
	return nil
}

func appendTo(path string, line []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(line)
	return errors.Join(err, f.Close())
}

// drop removes a ledger that cannot say any more what is so. The caller has the
// mutation lock, and mu.
func (s *Store) drop() error {
	s.state.at = position{}
	err := os.Remove(s.path(ledgerFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = durable.Sync(s.dir)
	}
	if err != nil {
		return fmt.Errorf("removing the ledger, which cannot be written: %w", err)
	}
	return nil
}

// rebuild writes a new ledger from the folders. The caller has the mutation lock, and mu.
func (s *Store) rebuild(ctx context.Context) error {
	if err := s.checkVacant(); err != nil {
		return err
	}
	records, err := s.lookAtAll(ctx)
	if err != nil {
		return err
	}
	s.reload(records)
	s.state.looked = s.clock().UTC().Truncate(time.Second)
	if err := s.compact(); err != nil {
		s.log.Warn("the ledger of the store cannot be written; its folders will be read instead", "error", err)
		return s.drop()
	}
	return nil
}

// compactIfLong makes a ledger short again in which most is of the past. Nobody who asks the
// store waits while the short one goes to the disk. The caller has the mutation lock, without
// which nobody changes what the ledger says, and not mu.
func (s *Store) compactIfLong() {
	s.mu.Lock()
	long := s.state.at != (position{}) && s.state.records >= 4*len(s.state.snapshot.Products())+1000
	var data []byte
	var lines int
	var err error
	if long {
		s.state.signs = s.signs()
		data, lines, err = s.state.marshal()
	}
	s.mu.Unlock()
	if !long {
		return
	}
	if err == nil {
		err = s.replaceLedger(data, lines)
	}
	if err != nil {
		s.log.Warn("the ledger of the store cannot be made shorter", "error", err)
	}
}

// replaceLedger puts a ledger of so many lines, which say what the state does, in the place
// of a longer one. The caller has the mutation lock, and not mu.
func (s *Store) replaceLedger(data []byte, lines int) error {
	temp, err := s.writeTemp(data)
	if err == nil {
		err = s.sync(temp)
	}
	if err != nil {
		_ = os.Remove(temp) // the disk may be full
		return err
	}
	s.mu.Lock()
	if err = os.Rename(temp, s.path(ledgerFile)); err == nil {
		err = s.compacted(lines)
	}
	s.mu.Unlock()
	return errors.Join(err, s.sync(s.dir))
}

// compact writes a ledger that says what is so now, and nothing of how it came
// about. The caller has the mutation lock, and mu.
func (s *Store) compact() error {
	s.state.signs = s.signs()
	data, lines, err := s.state.marshal()
	if err != nil {
		return err
	}
	if err := s.replaceFile(s.path(ledgerFile), data); err != nil {
		return err
	}
	return s.compacted(lines)
}

// compacted notes that the ledger is a new one. The caller has the mutation lock, and mu.
func (s *Store) compacted(lines int) error {
	end, ok := ledgerEnd(s.path(ledgerFile))
	if !ok {
		return errNoLedger
	}
	s.state.at, s.state.records, s.state.begun, s.state.open = end, lines, false, nil
	s.unsaved = unsaved{}
	return nil
}
