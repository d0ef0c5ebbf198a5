package unpacking

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"lxdocker/internal/failure"
	"lxdocker/internal/layer"
)

// request is a blob for another process. It is a line of JSON.
type request struct {
	Dir                       string // that the files of the pack are written into
	Level                     string // of their compression
	Digest, DiffID, MediaType string
	Size                      int64
	Limit                     int64 // bytes that it may expand to
	Nicer                     int   // steps of nice(2) beyond those of the process
	Budget                    *budget
}

// budget is a layer.Budget at one moment.
type budget struct {
	Most, Taken       layer.Amount
	BytesWhy, FilesBy string
}

// message is what the process says of its work, as a line of JSON: one of these.
type message struct {
	Taken    *layer.Amount    `json:",omitempty"` // of the budget, since it began
	Window   int64            `json:",omitempty"` // it waits for so many bytes of windows, and is sent a byte when it may have them
	Released int64            `json:",omitempty"` // it has given them back
	Failed   *failure.Carried `json:",omitempty"`
	Done     bool             `json:",omitempty"`
}

// asked are the errors that callers ask for.
func asked() []error { return []error{layer.ErrOtherBytes} }

// maxLine is how long a line may be, in bytes: a process that an image has taken over must
// not take the memory of the one that it works for.
const maxLine = 64 << 10

// readLine reads a line of JSON.
func readLine(r *bufio.Reader, into any) error {
	line, err := r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return &wrongLine{fmt.Errorf("a line of more than %d bytes", maxLine)}
	case err == io.EOF && len(line) > 0:
		return io.ErrUnexpectedEOF
	case err != nil:
		return err
	}
	if err := json.Unmarshal(line, into); err != nil {
		return &wrongLine{err}
	}
	return nil
}

// wrongLine is why a line is not what it should be; all other errors end the dialogue.
type wrongLine struct{ error }

// writer writes lines of several goroutines.
type writer struct {
	mu sync.Mutex
	to io.Writer
}

func (w *writer) line(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err = w.to.Write(append(text, '\n'))
	return err
}
