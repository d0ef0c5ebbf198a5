package layer

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
)

// chunk is a piece of a stream on its way from one goroutine to one or more others. The
// last of these to release it returns it to its pool.
type chunk struct {
	buf  []byte
	n    int // how many bytes of it are filled
	refs atomic.Int32
	pool chan *chunk
}

func (c *chunk) release() {
	if c.refs.Add(-1) == 0 {
		c.pool <- c
	}
}

// chunkPool hands out a fixed number of chunks of one size, so that a fast producer waits
// for a slow consumer and memory stays bounded. Chunks are allocated when first needed:
// most layers are smaller than one.
type chunkPool struct {
	size  int
	pool  chan *chunk
	left  int        // how many are not allocated yet; used by the producer only
	all   []*chunk   // the others; likewise
	spare *sync.Pool // of chunks of this size
}

func newChunkPool(count, size int, spare *sync.Pool) *chunkPool {
	return &chunkPool{size: size, pool: make(chan *chunk, count), left: count, spare: spare}
}

// add makes a chunk, of a spare one if there is any.
func (s *chunkPool) add() *chunk {
	c, ok := s.spare.Get().(*chunk)
	if !ok {
		c = &chunk{buf: make([]byte, s.size)}
	}
	c.pool = s.pool
	s.left--
	s.all = append(s.all, c)
	return c
}

// end leaves the chunks to other streams, when nobody uses any of them.
func (s *chunkPool) end() {
	for _, c := range s.all {
		c.pool = nil
		s.spare.Put(c)
	}
}

// take returns an empty chunk for so many consumers.
func (s *chunkPool) take(ctx context.Context, consumers int32) (*chunk, error) {
	var c *chunk
	select {
	case c = <-s.pool:
	default:
		if s.left > 0 {
			c = s.add()
			break
		}
		select {
		case c = <-s.pool:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	c.n = 0
	c.refs.Store(consumers)
	return c, nil
}

// send passes a chunk on.
func send(ctx context.Context, to chan<- *chunk, c *chunk) error {
	select {
	case to <- c:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// chunkReader reads a stream of chunks; the end is a closed channel.
type chunkReader struct {
	ctx  context.Context
	from <-chan *chunk
	now  *chunk
	off  int
}

// Read implements io.Reader.
func (r *chunkReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for r.now == nil || r.off == r.now.n {
		if err := r.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.now.buf[r.off:r.now.n])
	r.off += n
	return n, nil
}

func (r *chunkReader) next() error {
	if r.now != nil {
		r.now.release()
		r.now = nil
	}
	r.off = 0
	select {
	case c, ok := <-r.from:
		if !ok {
			return io.EOF
		}
		r.now = c
		return nil
	case <-r.ctx.Done():
		return context.Cause(r.ctx)
	}
}

// drain discards everything up to the end.
func (r *chunkReader) drain() error {
	for {
		if err := r.next(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}
