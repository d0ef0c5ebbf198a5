package assembly

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// frame is one thing that a process says of its work: its kind, the length of what follows
// as a uvarint, and that.
type frame byte

const (
	created  frame = 'c' // JSON file: what comes next belongs to it
	written  frame = 'w' // bytes of it
	shared   frame = 's' // JSON share: bytes of it that a layer has
	noted    frame = 'n' // what is written next belongs to the note
	closed   frame = 'x' // the file, or the note, is complete
	unnoted  frame = 'q' // JSON string: why there is no note
	stepped  frame = 'p' // JSON step
	added    frame = 'a' // JSON number of bytes of the step
	finished frame = 'd' // JSON string: the value of IdmapSize
	failed   frame = 'e' // JSON failing
)

type (
	file  struct{ Kind, Name string }
	share struct {
		Pack   int   // whose file of blocks it is
		Offset int64 // in that, in bytes
		Length int
	}
	step struct {
		Name  string
		Bytes int64
	}
)

// maxFrame is how long what follows a frame may be, in bytes: a compromised process must not
// take the memory of the one that it works for.
const maxFrame = 2 << 20

// frameWriter may be used by several goroutines: some formats are compressed in some of their own.
type frameWriter struct {
	mu sync.Mutex
	w  *bufio.Writer
}

func newFrameWriter(w io.Writer) *frameWriter { return &frameWriter{w: bufio.NewWriterSize(w, 1<<16)} }

func (f *frameWriter) write(k frame, data []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	head := binary.AppendUvarint([]byte{byte(k)}, uint64(len(data)))
	if _, err := f.w.Write(head); err != nil {
		return err
	}
	_, err := f.w.Write(data)
	return err
}

func (f *frameWriter) flush() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.w.Flush()
}

func (f *frameWriter) json(k frame, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return f.write(k, data)
}

// read reads a frame into a buffer, which it may replace.
func read(r *bufio.Reader, buf []byte) (frame, []byte, error) {
	k, err := r.ReadByte()
	if err != nil {
		return 0, buf, err
	}
	n, err := binary.ReadUvarint(r)
	if err == nil && n > maxFrame {
		err = fmt.Errorf("a frame of %d bytes", n)
	}
	if err != nil {
		return 0, buf, unexpected(err)
	}
	if uint64(cap(buf)) < n {
		buf = make([]byte, n)
	}
	buf = buf[:n]
	_, err = io.ReadFull(r, buf)
	return frame(k), buf, unexpected(err)
}

// unexpected makes an end that came too early an error.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
