package document

import (
	"errors"
	"io"
	"sort"
)

// Plain reads the text.
func (d *Document) Plain() *io.SectionReader {
	return io.NewSectionReader(&inflating{document: d, at: -1}, 0, d.Size())
}

// inflating reads the text, and keeps the part that it read last, so that a sequential
// reader decompresses each part once.
type inflating struct {
	document *Document
	at       int // the part, or -1
	text     []byte
}

func (f *inflating) ReadAt(p []byte, offset int64) (n int, err error) {
	return readAt(p, offset, f.document.ends, func(i int) ([]byte, error) {
		if i != f.at {
			if f.text, err = f.document.parts[i].text(); err != nil {
				return nil, err
			}
			f.at = i
		}
		return f.text, nil
	})
}

// Gzip reads the text as it was compressed: one gzip stream.
func (d *Document) Gzip() *io.SectionReader {
	return io.NewSectionReader(gzipped{d}, 0, d.zipped[len(d.zipped)-1])
}

type gzipped struct{ document *Document }

func (z gzipped) ReadAt(p []byte, offset int64) (int, error) {
	d := z.document
	return readAt(p, offset, d.zipped, func(i int) ([]byte, error) {
		switch i {
		case 0:
			return []byte(gzipHead), nil
		case len(d.zipped) - 1:
			return d.tail, nil
		}
		return d.parts[i-1].deflated, nil
	})
}

// readAt reads from pieces that follow each other and end where ends says.
func readAt(p []byte, offset int64, ends []int64, piece func(int) ([]byte, error)) (n int, err error) {
	if offset < 0 {
		return 0, errors.New("reading before the beginning")
	}
	i := sort.Search(len(ends), func(i int) bool { return ends[i] > offset })
	for ; i < len(ends) && n < len(p); i++ {
		text, err := piece(i)
		if err != nil {
			return n, err
		}
		n += copy(p[n:], text[offset+int64(n)-(ends[i]-int64(len(text))):])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
