package layer

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"os"
	"path/filepath"

	"lxdocker/internal/rootfs"
)

// Names inside a pack's folder.
const (
	indexName = "index"
	dataName  = "data"
)

// Pack is a layer, ready to be read as often as needed, by several goroutines,
// in any order. It stays readable when the cache forgets it.
type Pack struct {
	dir    string
	index  *os.File
	data   *os.File
	size   int64 // of the index
	footer footer
}

// openPack opens and checks a pack. It returns an error that wraps
// fs.ErrNotExist if there is none, and errDamaged if it is of no use.
func openPack(dir string) (*Pack, error) {
	p := &Pack{dir: dir}
	if err := p.open(); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func (p *Pack) open() error {
	var err error
	if p.index, err = os.Open(filepath.Join(p.dir, indexName)); err != nil {
		return err
	}
	if p.data, err = os.Open(filepath.Join(p.dir, dataName)); err != nil {
		return err
	}
	info, err := p.index.Stat()
	if err != nil {
		return err
	}
	p.size = info.Size()
	if p.footer, err = readFooter(p.index, p.size); err != nil {
		return err
	}
	if info, err = p.data.Stat(); err != nil {
		return err
	}
	if info.Size() != p.footer.data {
		return damagedf("its data file has %d bytes, and should have %d", info.Size(), p.footer.data)
	}
	return nil
}

// Digest is the digest of the layer's blob.
func (p *Pack) Digest() string { return p.footer.digest.String() }

// DiffID is the digest of what the blob expands to.
func (p *Pack) DiffID() string { return p.footer.diffID.String() }

// Close closes the pack. Contents of its entries cannot be read any more.
func (p *Pack) Close() error {
	var errs []error
	for _, f := range []*os.File{p.index, p.data} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}

// Entries yields the entries of the layer in its order, whiteouts included.
// Their contents can be read until Close.
func (p *Pack) Entries() iter.Seq2[rootfs.Entry, error] {
	return func(yield func(rootfs.Entry, error) bool) {
		r := newIndexReader(p.index, p.size)
		var records uint64
		var off int64
		for {
			rec, err := r.next()
			if err == io.EOF && (records != p.footer.records || off != p.footer.data) {
				err = damagedf("its index and its data file are not of one pack")
			}
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(rootfs.Entry{}, fmt.Errorf("reading the pack of layer %s: %w", p.footer.digest, err))
				return
			}
			records++
			if rec.size > 0 {
				rec.Inode.Content = &content{pack: p, name: rec.Name, off: off, size: rec.size, crc: rec.crc}
				off += rec.size
			}
			if !yield(rec.Entry, nil) {
				return
			}
		}
	}
}

// content is what a file of a pack holds.
type content struct {
	pack      *Pack
	name      string
	off, size int64
	crc       uint32
}

// Size implements rootfs.Content.
func (c *content) Size() int64 { return c.size }

// Open implements rootfs.Content. Whoever reads to the end knows that the bytes
// are those of the layer, even if the disk lost some since.
func (c *content) Open() io.Reader { return &contentReader{content: c} }

type contentReader struct {
	*content
	pos int64
	sum uint32
}

// Read implements io.Reader.
func (r *contentReader) Read(p []byte) (int, error) {
	if r.pos == r.size {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), r.size-r.pos)]
	n, err := r.pack.data.ReadAt(p, r.off+r.pos)
	r.sum = crc32.Update(r.sum, castagnoli(), p[:n])
	r.pos += int64(n)
	if n == len(p) {
		err = nil
	} else if err == io.EOF {
		err = damagedf("its data file is too short")
	}
	if err == nil && r.pos == r.size && r.sum != r.crc {
		err = damagedf("its checksum is wrong")
	}
	if err == nil {
		return n, nil
	}
	err = fmt.Errorf("reading the content of %q from the pack of layer %s: %w", r.name, r.pack.footer.digest, err)
	if errors.Is(err, errDamaged) {
		// The next run must make it again.
		err = errors.Join(err, r.pack.forget())
	}
	return n, err
}

// forget removes a damaged pack from the cache, unless another one has taken its
// place already.
func (p *Pack) forget() error {
	return evict(p.dir, func() bool {
		mine, err := p.index.Stat()
		if err != nil {
			return false
		}
		there, err := os.Stat(filepath.Join(p.dir, indexName))
		return err == nil && os.SameFile(mine, there)
	})
}
