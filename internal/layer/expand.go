package layer

import (
	"io"

	"lxdocker/internal/humanize"

	"lxdocker/internal/failure"
	"lxdocker/internal/mediatype"
)

// expand decompresses. However that ends, it takes the rest of the blob from fetch, so
// that the digest is known.
func (s *stream) expand() {
	defer close(s.parsing)
	defer close(s.hashing)
	in := &chunkReader{ctx: s.ctx, from: s.fetched}
	defer func() { _ = in.drain() }()
	r, found, err := decompress(s.ctx, s.windows, in, s.spare)
	if err != nil {
		s.expandFailed(err)
		return
	}
	defer r.Close()
	s.uncompressed = found == mediatype.Uncompressed
	consumers := int32(2)
	if s.uncompressed {
		consumers = 1
	}
	for total := int64(0); ; {
		c, err := s.tarChunks.take(s.ctx, consumers)
		if err != nil {
			return
		}
		for c.n < len(c.buf) && err == nil {
			var n int
			n, err = r.Read(c.buf[c.n:])
			c.n += n
		}
		if total += int64(c.n); total > s.limit {
			s.fail(overLimit(s.limit))
			return
		}
		if err := s.took.take(Amount{Bytes: int64(c.n)}); err != nil {
			s.fail(err)
			return
		}
		if !s.uncompressed && send(s.ctx, s.hashing, c) != nil || send(s.ctx, s.parsing, c) != nil {
			return
		}
		if err != nil {
			s.expandFailed(err)
			return
		}
	}
}

func (s *stream) expandFailed(err error) {
	switch {
	case err == io.EOF || s.ctx.Err() != nil:
	case failure.KindOf(err) != failure.Internal:
		s.expandErr = err
	default:
		s.expandErr = corruptf("expanding it: %w", err)
	}
}

// overLimit is the error of a layer that expands to too much.
func overLimit(limit int64) error {
	return tooLargef("it expands to more than %s (%d bytes), the limit of --max-unpacked", humanize.Limit(limit), limit)
}
