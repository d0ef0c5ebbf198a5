package contents

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// Reader reads a note.
type Reader struct {
	compressed *zstd.Decoder
	r          *bufio.Reader
	last       []byte // path
	before     string // the same
	names      int
	layered    bool // the note says from which layers its names are
	cut        bool
	packages   []Package
	over       bool
}

// maxNote is how many bytes a note may have when it is expanded.
const maxNote = maxRaw + maxPackages*4*(maxWord+2) + 1<<10

var errNote = errors.New("the note of what is in an image is damaged")

// NewReader begins to read a note. Close has to be called.
func NewReader(r io.Reader) (*Reader, error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(maxNote), zstd.WithDecoderMaxWindow(8<<20))
	if err != nil {
		return nil, err
	}
	n := &Reader{compressed: z, r: bufio.NewReaderSize(io.LimitReader(z, maxNote), 64<<10)}
	begin := make([]byte, len(magic))
	if _, err := io.ReadFull(n.r, begin); err != nil || string(begin) != magic && string(begin) != first {
		z.Close()
		return nil, fmt.Errorf("%w, or of another version: it begins with %q", errNote, begin)
	}
	n.layered = string(begin) == magic
	return n, nil
}

// Close releases what reading takes.
func (r *Reader) Close() { r.compressed.Close() }

// Next gives the next name; false after the last one, or after an error.
func (r *Reader) Next() (Entry, bool, error) {
	if r.over {
		return Entry{}, false, nil
	}
	e, more, err := r.next()
	if err != nil {
		r.over = true
		return Entry{}, false, fmt.Errorf("%w: %w", errNote, err)
	}
	r.over = !more
	return e, more, nil
}

func (r *Reader) next() (e Entry, more bool, err error) {
	kind, err := r.r.ReadByte()
	if err != nil {
		return e, false, err
	}
	if kind == end {
		return e, false, r.finish()
	}
	e.Kind = Kind(kind &^ hasSum)
	common, err := r.number(len(r.last))
	if err != nil {
		return e, false, err
	}
	if r.last, err = r.word(r.last[:common], maxPath-common); err != nil {
		return e, false, err
	}
	e.Path = string(r.last)
	var numbers [4]uint64
	for i := range numbers {
		if numbers[i], err = binary.ReadUvarint(r.r); err != nil {
			return e, false, err
		}
	}
	e.Mode, e.Again, e.UID, e.GID, e.Size = uint32(numbers[0]>>1), numbers[0]&1 == 1, uint32(numbers[1]), uint32(numbers[2]), int64(numbers[3])
	if r.layered {
		if e.Layer, err = r.number(maxLayer); err != nil {
			return e, false, err
		}
	}
	if kind&hasSum != 0 {
		if _, err := io.ReadFull(r.r, e.Sum[:]); err != nil {
			return e, false, err
		}
	}
	if r.names++; r.names > MaxNames || e.Size < 0 || r.names > 1 && before(r.before, e.Path) >= 0 {
		return e, false, errors.New("its names are not in order, or too many")
	}
	r.before = e.Path
	return e, true, nil
}

// finish reads what follows the names.
func (r *Reader) finish() error {
	cut, err := r.r.ReadByte()
	if err != nil {
		return err
	}
	r.cut = cut != 0
	n, err := r.number(maxPackages)
	if err != nil {
		return err
	}
	for range n {
		var words [4]string
		for i := range words {
			word, err := r.word(nil, maxWord)
			if err != nil {
				return err
			}
			words[i] = string(word)
		}
		r.packages = append(r.packages, Package{words[0], words[1], words[2], words[3]})
		if i := len(r.packages) - 1; i > 0 && r.packages[i-1].compare(r.packages[i]) > 0 {
			return errors.New("its packages are not in order")
		}
	}
	return nil
}

// Cut says whether the image has more names than were noted, and Packages which packages it
// has: after the last name.
func (r *Reader) Cut() bool { return r.cut }

// Packages are in the order of their names.
func (r *Reader) Packages() []Package { return r.packages }

func (r *Reader) number(most int) (int, error) {
	n, err := binary.ReadUvarint(r.r)
	if err == nil && n > uint64(most) {
		err = fmt.Errorf("%d is more than %d", n, most)
	}
	return int(min(n, uint64(most))), err
}

// word appends a word to b.
func (r *Reader) word(b []byte, most int) ([]byte, error) {
	n, err := r.number(most)
	if err != nil {
		return nil, err
	}
	from := len(b)
	b = append(b, make([]byte, n)...)
	_, err = io.ReadFull(r.r, b[from:])
	return b, err
}
