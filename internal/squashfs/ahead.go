package squashfs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"
)

const (
	// chunk is how much is read and written at once.
	chunk = 2 << 20
	// chunks are in memory: one is being read while another is being written.
	chunks = 2
)

// part is as much of an extent as is copied at once.
type part struct {
	*extent
	at     int64 // in the image
	from   int64 // in the file of the source
	pieces []piece
	bytes  []byte
	err    error // of reading them
}

// parts cuts the extents.
func (p *plan) parts() iter.Seq[part] {
	return func(yield func(part) bool) {
		for i := range p.extents {
			e := &p.extents[i]
			at, rest := e.at, e.pieces
			for len(rest) > 0 {
				size, n := 0, 0
				for n < len(rest) && size+int(rest[n].Size) <= chunk {
					size += int(rest[n].Size)
					n++
				}
				if !yield(part{extent: e, at: at, from: rest[0].Offset, pieces: rest[:n]}) {
					return
				}
				at, rest = at+int64(size), rest[n:]
			}
		}
	}
}

// ahead reads parts beside whoever takes them.
type ahead struct {
	parts chan part
	free  chan []byte // the taker gives bytes back when they are written
	stop  context.CancelFunc
	done  sync.WaitGroup
}

// readAhead begins to read all parts, in their order. It ends after the first
// that could not be read, when ctx does, or with close.
func (p *plan) readAhead(ctx context.Context) *ahead {
	a := &ahead{parts: make(chan part), free: make(chan []byte, chunks)}
	for range chunks {
		a.free <- make([]byte, chunk)
	}
	ctx, a.stop = context.WithCancel(ctx)
	a.done.Go(func() {
		defer close(a.parts)
		for r := range p.parts() {
			select {
			case r.bytes = <-a.free:
			case <-ctx.Done():
				return
			}
			r.bytes, r.err = r.source.read(r.bytes, r.from, r.pieces)
			select {
			case a.parts <- r:
			case <-ctx.Done():
				return
			}
			if r.err != nil {
				return
			}
		}
	})
	return a
}

// close waits until nobody reads any more.
func (a *ahead) close() {
	a.stop()
	a.done.Wait()
}

// read reads pieces that follow each other into buf, and checks each.
func (s *source) read(buf []byte, from int64, pieces []piece) ([]byte, error) {
	last := pieces[len(pieces)-1]
	buf = buf[:last.Offset+int64(last.Size)-from]
	n, err := s.store.File().ReadAt(buf, from)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading blocks: %w", err)
	}
	rest := buf[:n] // a file that is too short fails the check below
	for _, b := range pieces {
		stored := rest[:min(int(b.Size), len(rest))]
		if err := s.store.Verify(b.Block, stored); err != nil {
			return nil, err
		}
		rest = rest[len(stored):]
	}
	return buf, nil
}
