package layer

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"lxdocker/internal/block"
	"lxdocker/internal/rootfs"
)

// Names inside a pack's folder.
const (
	indexName  = "index"
	blocksName = "blocks"
)

// Pack is a layer that can be read any number of times, in any order, by several
// goroutines. It stays readable when it is removed from the cache.
type Pack struct {
	dir    string
	folder *folder // of its cache
	index  *os.File
	footer footer
	blocks *block.Store
	closed func() // tells the cache; may be nil
}

// openPack opens and verifies a pack. The error wraps fs.ErrNotExist if there is none,
// and block.ErrDamaged if it is invalid.
func openPack(dir string, c *block.Codec) (*Pack, error) {
	p := &Pack{dir: dir, folder: &folder{dir: filepath.Dir(dir)}}
	if err := p.open(c); err != nil {
		_ = p.Close()
		return nil, err
	}
	return p, nil
}

func (p *Pack) open(c *block.Codec) error {
	var err error
	if p.index, err = os.Open(filepath.Join(p.dir, indexName)); err != nil {
		return err
	}
	info, err := p.index.Stat()
	if err != nil {
		return err
	}
	if p.footer, err = readFooter(p.index, info.Size()); err != nil {
		return err
	}
	table, err := readTable(p.index, info.Size(), p.footer)
	if err != nil {
		return err
	}
	blocks, err := os.Open(filepath.Join(p.dir, blocksName))
	if err != nil {
		return err
	}
	if p.blocks, err = block.NewStore(blocks, table, c, p.damaged); err != nil {
		_ = blocks.Close()
	}
	return err
}

// OpenPack opens a pack of which only the folder is known, such as Dir gave it, and verifies
// it. Nobody keeps it in the cache meanwhile. The error is as that of a damaged pack if
// there is none.
func OpenPack(dir string, c *block.Codec) (*Pack, error) {
	p, err := openPack(dir, c)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: the pack %s is gone", block.ErrDamaged, dir)
	}
	return p, err
}

// Dir is the folder of the pack.
func (p *Pack) Dir() string { return p.dir }

// Blocks is the file with its blocks.
func (p *Pack) Blocks() *os.File { return p.blocks.File() }

// Count is how many entries the layer has.
func (p *Pack) Count() int64 { return int64(p.footer.records) }

// Close closes the pack. Contents of its entries can no longer be read.
func (p *Pack) Close() error {
	var errs []error
	if p.index != nil {
		errs = append(errs, p.index.Close())
	}
	if p.blocks != nil {
		errs = append(errs, p.blocks.Close())
	}
	if p.closed != nil {
		p.closed()
	}
	return errors.Join(errs...)
}

// Entries yields the entries of the layer in order, whiteouts included. Their contents can
// be read until Close, and have a method Stored (below). An error that wraps
// block.ErrDamaged, here or in reading a content, says that the pack was damaged while it
// was in use. It is then removed from the cache.
func (p *Pack) Entries() iter.Seq2[rootfs.Entry, error] {
	return func(yield func(rootfs.Entry, error) bool) {
		r := newIndexReader(p.index, p.footer, p.blocks.Table())
		var records uint64
		contents := &contents{pack: p}
		for {
			rec, err := r.next()
			if err == io.EOF && records != p.footer.records {
				err = damagedf("its index has %d entries, and should have %d", records, p.footer.records)
			}
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(rootfs.Entry{}, p.damaged(err))
				return
			}
			records++
			if rec.file.Size > 0 {
				rec.Inode.Content = contents.add(rec.file, p.footer.records-records)
			}
			if !yield(rec.Entry, nil) {
				return
			}
		}
	}
}

// damaged adds to an error which layer it is about. If the pack is damaged, it is removed,
// so that the next run makes it again.
func (p *Pack) damaged(err error) error {
	damaged := errors.Is(err, block.ErrDamaged) && !errors.Is(err, os.ErrClosed)
	err = fmt.Errorf("reading the pack of layer %s: %w", p.footer.digest, err)
	if damaged {
		err = errors.Join(err, p.forget())
	}
	return err
}

// forget removes a damaged pack from the cache, unless it has been replaced already.
func (p *Pack) forget() error {
	return p.folder.evict(p.dir, func() bool {
		mine, err := p.index.Stat()
		if err != nil {
			return false
		}
		there, err := os.Stat(filepath.Join(p.dir, indexName))
		return err == nil && os.SameFile(mine, there)
	})
}
