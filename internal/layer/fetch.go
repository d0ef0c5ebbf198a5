package layer

import (
	"crypto/sha256"
	"fmt"
	"io"
)

// fetch reads the blob to the last byte and verifies size and digest.
func (s *stream) fetch() {
	hash := sha256.New()
	for idle := 0; ; {
		c, err := s.blobChunks.take(s.ctx, 1)
		if err != nil {
			return
		}
		n, err := s.blob.Read(c.buf)
		s.size += int64(n)
		switch {
		case s.Size >= 0 && s.size > s.Size:
			s.fail(otherBytes{corruptf("it is longer than the %d bytes that the manifest says", s.Size)})
			return
		case n > 0:
			idle = 0
			c.n = n
			hash.Write(c.buf[:n])
			if send(s.ctx, s.fetched, c) != nil {
				return
			}
		default:
			c.release()
			if idle++; err == nil && idle > 100 {
				err = io.ErrNoProgress
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			s.fail(fmt.Errorf("reading its blob at byte %d: %w", s.size, err))
			return
		}
	}
	if s.Size >= 0 && s.size != s.Size {
		s.fetchErr = otherBytes{corruptf("it ends after %d bytes, but the manifest says %d", s.size, s.Size)}
	} else if got := sum(hash.Sum(nil)); got != s.digest {
		s.fetchErr = otherBytes{corruptf("its blob is not what was asked for: digest wanted %s, got %s", s.digest, got)}
	}
	close(s.fetched)
}
