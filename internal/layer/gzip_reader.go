package layer

import (
	"bufio"
	"io"

	"github.com/klauspost/compress/gzip"
)

// maxEmpty is how many parts without content a compressed stream may have: members of gzip,
// frames and blocks of zstd. Some tools end files with one, or note something in them.
const maxEmpty = 10_000

// gzipReader expands all members of a gzip stream, as gzip.Reader does itself, but not any
// number of empty ones: each takes longer to begin than its twenty bytes to be fetched.
type gzipReader struct {
	*gzip.Reader
	in     *bufio.Reader
	spare  *spare
	filled bool // the member has content
	empty  int
}

func newGzipReader(in *bufio.Reader, spare *spare) (*gzipReader, error) {
	r, err := spare.gunzip(in)
	if err != nil {
		return nil, err
	}
	r.Multistream(false)
	return &gzipReader{Reader: r, in: in, spare: spare}, nil
}

// Close implements io.Closer. It must be called once.
func (g *gzipReader) Close() error {
	err := g.Reader.Close()
	g.spare.gunzips.Put(g.Reader)
	g.spare.readerEnded(g.in)
	return err
}

// Read implements io.Reader.
func (g *gzipReader) Read(p []byte) (int, error) {
	for {
		n, err := g.Reader.Read(p)
		g.filled = g.filled || n > 0
		if err != io.EOF {
			return n, err
		}
		if !g.filled {
			g.empty++
		}
		if g.empty > maxEmpty {
			return n, corruptf("expanding it: more than %d of its gzip members are empty", maxEmpty)
		}
		if err := g.Reader.Reset(g.in); err != nil { // io.EOF at the end
			return n, err
		}
		g.Reader.Multistream(false)
		g.filled = false
		if n > 0 {
			return n, nil
		}
	}
}
