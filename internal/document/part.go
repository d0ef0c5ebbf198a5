package document

import (
	"bytes"
	"crypto/sha256"
	"hash/crc32"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
)

// part is a piece of a text. It is deflated (RFC 1951) on its own and ends at a
// byte, so that parts can follow each other in any document.
type part struct {
	deflated []byte
	size     int64 // of the text
	crc      uint32
	sum      [sha256.Size]byte
}

var compressors = sync.Pool{New: func() any {
	w, err := flate.NewWriter(io.Discard, flate.DefaultCompression)
	if err != nil {
		panic("document: the default level is one that the library knows: " + err.Error())
	}
	return w
}}

func newPart(text []byte) *part {
	var b bytes.Buffer
	w := compressors.Get().(*flate.Writer)
	defer compressors.Put(w)
	w.Reset(&b)
	_, _ = w.Write(text) // a buffer takes all
	_ = w.Flush()        // and no Close: that would be the end of the whole stream
	return &part{deflated: bytes.Clone(b.Bytes()), size: int64(len(text)), crc: crc32.ChecksumIEEE(text), sum: sha256.Sum256(text)}
}

var expanders = sync.Pool{New: func() any { return flate.NewReader(bytes.NewReader(nil)) }}

// text inflates the part.
func (p *part) text() ([]byte, error) {
	r := expanders.Get().(io.Reader)
	defer expanders.Put(r)
	if err := r.(flate.Resetter).Reset(bytes.NewReader(p.deflated), nil); err != nil {
		return nil, err
	}
	text := make([]byte, p.size)
	_, err := io.ReadFull(r, text)
	return text, err
}
