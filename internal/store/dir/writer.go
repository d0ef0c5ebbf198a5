package dir

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

// writer implements store.Writer: it hashes and counts what it writes.
type writer struct {
	entry image.File // but for size and hash

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

func newWriter(f *os.File, entry image.File) *writer {
	w := &writer{entry: entry, file: f, sum: sha256.New()}
	if entry.Kind == image.Unified {
		w.image = w.sum
	}
	return w
}

// follow makes w's image hash go on where the finished file m ended.
func (w *writer) follow(m *writer) {
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
func (w *writer) Write(p []byte) (int, error) {
	return w.write(p, func() (int, error) { return w.file.WriteAt(p, w.size) })
}

// write hashes p while put brings it into the file at w.size.
func (w *writer) write(p []byte, put func() (int, error)) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return 0, fmt.Errorf("writing %s: it is closed", w.entry.Name)
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
		w.err = fmt.Errorf("writing %s: %w", w.entry.Name, err)
	}
	return n, w.err
}

func (w *writer) hash(wg *sync.WaitGroup, h hash.Hash, p []byte) {
	if len(p) < aside {
		h.Write(p)
		return
	}
	wg.Go(func() { h.Write(p) })
}

// Close brings the file to the disk. It returns the first error of all writes.
func (w *writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return w.err
	}
	w.closed = true
	if err := finish(w.file); err != nil && w.err == nil {
		w.err = fmt.Errorf("writing %s: %w", w.entry.Name, err)
	}
	return w.err
}

// abort closes a file that is not wanted any more.
func (w *writer) abort() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.closed, w.err = true, errors.New("the draft is discarded")
		_ = w.file.Close()
	}
}

func (w *writer) result() (image.File, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		return image.File{}, fmt.Errorf("file %s is still being written", w.entry.Name)
	}
	f := w.entry
	f.Size, f.SHA256 = w.size, sumOf(w.sum)
	return f, w.err
}

// fingerprint is the image's, if it was computed on the way.
func (w *writer) fingerprint() (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.image == nil {
		return "", false
	}
	return sumOf(w.image), true
}

func sumOf(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
