package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"lxdocker/internal/image"
)

// aside is from which size on a write is worth hashing in another goroutine.
const aside = 16 << 10

// behind is how much may be written before the disk is asked to begin with it.
// It works beside us then, and Close waits for little.
const behind = 8 << 20

// Writer writes one file of a draft, and hashes and counts what it writes.
type Writer struct {
	kind, name string
	base       string // of a delta

	mu       sync.Mutex
	file     *os.File
	size     int64
	begun    int64 // up to where the disk has begun
	sum      hash.Hash
	image    hash.Hash // goes over the files before this one as well; nil: not kept
	unshared bool      // the file system cannot share blocks between files
	err      error     // the first that happened
	closed   bool
}

func newWriter(f *os.File, kind, name string) *Writer {
	w := &Writer{kind: kind, name: name, file: f, sum: sha256.New()}
	if kind == image.Unified {
		w.image = w.sum
	}
	return w
}

// follow makes w's image hash go on where the finished file m ended.
func (w *Writer) follow(m *Writer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed && m.err == nil {
		if c, ok := m.sum.(hash.Cloner); ok {
			if h, err := c.Clone(); err == nil {
				w.image = h
			}
		}
	}
}

// Write implements io.Writer.
func (w *Writer) Write(p []byte) (int, error) {
	return w.write(p, func() (int, error) { return w.file.WriteAt(p, w.size) })
}

// write hashes p while put brings it into the file at w.size.
func (w *Writer) write(p []byte, put func() (int, error)) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return 0, fmt.Errorf("writing %s: it is closed", w.name)
	}
	if w.err != nil {
		return 0, w.err
	}
	var hashing sync.WaitGroup
	w.hash(&hashing, w.sum, p)
	if w.image != nil && w.image != w.sum {
		w.hash(&hashing, w.image, p)
	}
	n, err := put()
	hashing.Wait()
	w.size += int64(n)
	if n := w.size - w.begun; n >= behind {
		// A hint only: Close is what counts.
		_ = unix.SyncFileRange(int(w.file.Fd()), w.begun, n, unix.SYNC_FILE_RANGE_WRITE)
		w.begun = w.size
	}
	if err != nil {
		w.err = fmt.Errorf("writing %s: %w", w.name, err)
	}
	return n, w.err
}

func (w *Writer) hash(wg *sync.WaitGroup, h hash.Hash, p []byte) {
	if len(p) < aside {
		h.Write(p)
		return
	}
	wg.Go(func() { h.Write(p) })
}

// Close brings the file to the disk. It returns the first error of all writes.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return w.err
	}
	w.closed = true
	if err := finish(w.file); err != nil && w.err == nil {
		w.err = fmt.Errorf("writing %s: %w", w.name, err)
	}
	return w.err
}

// abort closes a file that is not wanted any more.
func (w *Writer) abort() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.closed, w.err = true, errors.New("the draft is discarded")
		_ = w.file.Close()
	}
}

func (w *Writer) result() (image.File, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		return image.File{}, fmt.Errorf("file %s is still being written", w.name)
	}
	return image.File{Kind: w.kind, Name: w.name, Base: w.base, Size: w.size, SHA256: sumOf(w.sum)}, w.err
}

// fingerprint is the image's, if it was computed on the way.
func (w *Writer) fingerprint() (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.image == nil {
		return "", false
	}
	return sumOf(w.image), true
}

func sumOf(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
