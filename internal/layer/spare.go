package layer

import (
	"bufio"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// spare is what streams need that have ended. Most layers are small: the memory for one
// would be most of what it takes, and all of it would have to be collected. What nobody
// takes again soon is collected all the same.
type spare struct {
	blobChunks, tarChunks sync.Pool // of *chunk
	readers               sync.Pool // of *bufio.Reader
	gunzips               sync.Pool // of *gzip.Reader
}

// reader reads a blob. klauspost's inflate has a fast path for exactly this type.
func (s *spare) reader(blob io.Reader) *bufio.Reader {
	if r, ok := s.readers.Get().(*bufio.Reader); ok {
		r.Reset(blob)
		return r
	}
	return bufio.NewReaderSize(blob, 64<<10)
}

// readerEnded gets a reader that nobody uses any more.
func (s *spare) readerEnded(r *bufio.Reader) {
	r.Reset(nil)
	s.readers.Put(r)
}

func (s *spare) gunzip(in *bufio.Reader) (*gzip.Reader, error) {
	r, ok := s.gunzips.Get().(*gzip.Reader)
	if !ok {
		r = new(gzip.Reader)
	}
	return r, r.Reset(in)
}

// plainReader reads a blob that is not compressed.
type plainReader struct {
	*bufio.Reader
	spare *spare
}

// Close implements io.Closer.
func (p *plainReader) Close() error {
	p.spare.readerEnded(p.Reader)
	return nil
}
