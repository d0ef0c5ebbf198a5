package contents

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// magic begins a note, and its number changes with the format. Notes of the first format say
// nothing of layers.
const (
	magic = "lxdocker contents 2\n"
	first = "lxdocker contents 1\n"
)

// Flags beside the kind of a name.
const (
	hasSum = 1 << 7 // kinds are ASCII letters
	end    = 0      // in the place of a kind: the names end here
)

// Writer writes a note.
type Writer struct {
	compressed *zstd.Encoder
	buffer     []byte
	last       string // path
	names      int
	raw        int
	cut        bool // there are more names than are noted
	databases  databases
	err        error
}

// NewWriter begins a note.
func NewWriter(w io.Writer) (*Writer, error) {
	z, err := encoder(w)
	if err != nil {
		return nil, err
	}
	n := &Writer{compressed: z}
	_, n.err = io.WriteString(z, magic)
	return n, n.err
}

// idle is an encoder for the next note: its memory would have to be collected each time.
var idle = make(chan *zstd.Encoder, 1)

// mostIdle is how long a note is, in bytes, whose encoder has little memory.
const mostIdle = 1 << 20

func encoder(w io.Writer) (*zstd.Encoder, error) {
	select {
	case z := <-idle:
		z.Reset(w)
		return z, nil
	default:
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<20), zstd.WithEncoderCRC(true))
	}
}

// Add notes the next name, in the order of a tree. content reads what a file holds, and is
// called for databases of packages.
func (w *Writer) Add(e Entry, content func() io.Reader) error {
	if w.err != nil {
		return w.err
	}
	if w.names > 0 && before(w.last, e.Path) >= 0 {
		return fmt.Errorf("noting the contents of an image: %.100q comes after %.100q", e.Path, w.last)
	}
	if e.Kind == File && content != nil {
		w.databases.look(e.Path, content)
	}
	if w.cut = w.cut || w.names == MaxNames || w.raw > maxRaw-2*maxPath; w.cut {
		w.last = e.Path
		w.names = MaxNames
		return nil
	}
	w.record(e)
	w.names++
	w.raw += len(w.buffer)
	_, w.err = w.compressed.Write(w.buffer)
	return w.err
}

// record encodes a name: its kind, how many bytes its path has in common with the one before,
// and the rest.
func (w *Writer) record(e Entry) {
	kind := byte(e.Kind)
	if e.Sum != (Sum{}) {
		kind |= hasSum
	}
	common := 0
	for common < min(len(w.last), len(e.Path)) && w.last[common] == e.Path[common] {
		common++
	}
	w.last = e.Path
	b := append(w.buffer[:0], kind)
	b = appendNumber(b, common)
	b = appendWord(b, e.Path[common:])
	again := uint32(0)
	if e.Again {
		again = 1
	}
	for _, n := range []uint32{e.Mode<<1 | again, e.UID, e.GID} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	b = binary.AppendUvarint(b, uint64(max(0, e.Size)))
	b = appendNumber(b, min(max(0, e.Layer), maxLayer))
	if e.Sum != (Sum{}) {
		b = append(b, e.Sum[:]...)
	}
	w.buffer = b
}

// Close ends the note with the packages.
func (w *Writer) Close() error {
	b := append(w.buffer[:0], end, 0)
	if w.cut {
		b[1] = 1
	}
	packages := w.databases.packages
	slices.SortStableFunc(packages, Package.compare)
	b = appendNumber(b, len(packages))
	for _, p := range packages {
		for _, word := range []string{p.Manager, p.Name, p.Architecture, p.Version} {
			b = appendWord(b, word)
		}
	}
	_, err := w.compressed.Write(b)
	err = errors.Join(w.err, err, w.compressed.Close())
	if err == nil && w.raw <= mostIdle {
		w.compressed.Reset(nil)
		select {
		case idle <- w.compressed:
		default:
		}
	}
	return err
}

func appendNumber(b []byte, n int) []byte { return binary.AppendUvarint(b, uint64(n)) }

func appendWord(b []byte, s string) []byte { return append(appendNumber(b, len(s)), s...) }
