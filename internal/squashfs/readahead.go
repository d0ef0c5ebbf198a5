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
	// chunkSize is how many bytes are read and written at once.
	chunkSize = 2 << 20
	// readBuffers are in memory: one is read into while another is written out.
	readBuffers = 2
)

// chunk is as much of an extent as is copied at once.
type chunk struct {
	*extent
	at     int64 // in the image
	from   int64 // in the file of the input
	blocks []neededBlock
	bytes  []byte
	err    error // of reading them
}

// chunks cuts the extents.
func (p *plan) chunks() iter.Seq[chunk] {
	return func(yield func(chunk) bool) {
		for i := range p.extents {
			e := &p.extents[i]
			at, rest := e.at, e.blocks
			for len(rest) > 0 {
				size, n := 0, 0
				for n < len(rest) && size+int(rest[n].Size) <= chunkSize {
					size += int(rest[n].Size)
					n++
				}
				if !yield(chunk{extent: e, at: at, from: rest[0].Offset, blocks: rest[:n]}) {
					return
				}
				at, rest = at+int64(size), rest[n:]
			}
		}
	}
}

// readahead reads chunks in a goroutine of its own, while others are written.
type readahead struct {
	chunks chan chunk
	free   chan []byte // the writer returns buffers here
	stop   context.CancelFunc
	done   sync.WaitGroup
}

// needsBuffers says how many buffers are of use, and how large each has to be: small
// images have only small chunks.
func (p *plan) needsBuffers() (count int, largest int64) {
	for c := range p.chunks() {
		last := c.blocks[len(c.blocks)-1]
		largest = max(largest, last.Offset+int64(last.Size)-c.from)
		count = min(count+1, readBuffers)
	}
	return count, largest
}

// startReadahead begins to read all chunks, in order. Reading ends after the first
// chunk that fails, when ctx is done, or with close.
func (p *plan) startReadahead(ctx context.Context) *readahead {
	r := &readahead{chunks: make(chan chunk), free: make(chan []byte, readBuffers)}
	count, largest := p.needsBuffers()
	for range count {
		r.free <- buffer(largest)
	}
	ctx, r.stop = context.WithCancel(ctx)
	r.done.Go(func() {
		defer close(r.chunks)
		for c := range p.chunks() {
			select {
			case c.bytes = <-r.free:
			case <-ctx.Done():
				return
			}
			c.bytes, c.err = c.input.read(c.bytes, c.from, c.blocks)
			select {
			case r.chunks <- c:
			case <-ctx.Done():
				return
			}
			if c.err != nil {
				return
			}
		}
	})
	return r
}

// close stops reading, and returns when that has happened. Buffers that somebody else has are
// left to the garbage collector.
func (r *readahead) close() {
	r.stop()
	r.done.Wait()
	for {
		select {
		case b := <-r.free:
			keep(b)
		default:
			return
		}
	}
}

// spare are buffers for the next image, if they are small: most images are, and the memory for
// each would have to be collected again.
var spare = make(chan []byte, readBuffers)

// mostSpare is how many bytes such a buffer has at most.
const mostSpare = 1 << 20

func buffer(size int64) []byte {
	select {
	case b := <-spare:
		if int64(cap(b)) >= size {
			return b[:size]
		}
	default:
	}
	return make([]byte, size)
}

func keep(b []byte) {
	if cap(b) <= mostSpare {
		select {
		case spare <- b:
		default:
		}
	}
}

// read reads adjacent blocks into buf and verifies each.
func (s *input) read(buf []byte, from int64, blocks []neededBlock) ([]byte, error) {
	last := blocks[len(blocks)-1]
	buf = buf[:last.Offset+int64(last.Size)-from]
	n, err := s.store.File().ReadAt(buf, from)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading blocks: %w", err)
	}
	rest := buf[:n] // a file that is too short fails the check below
	for _, b := range blocks {
		stored := rest[:min(int(b.Size), len(rest))]
		if err := s.store.Verify(b.Block, stored); err != nil {
			return nil, err
		}
		rest = rest[len(stored):]
	}
	return buf, nil
}
