package instance

import (
	"bytes"
	"io"
	"sync"
)

// mostLine is how much of a line is kept until its end comes.
const mostLine = 64 << 10

// lineWriter passes on whole lines, each in one piece: two streams of an application may go
// to the same place, and none of them ends in the middle of a line of the other. A line that
// is too long is passed on in parts.
type lineWriter struct {
	turn *sync.Mutex
	to   io.Writer
	rest []byte // a line whose end has not come yet
	err  error  // why nothing can be written any more
}

// wholeLines are writers for the two streams of an application.
func wholeLines(stdout, stderr io.Writer) (out, complaints *lineWriter) {
	turn := new(sync.Mutex)
	return &lineWriter{turn: turn, to: stdout}, &lineWriter{turn: turn, to: stderr}
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	end := bytes.LastIndexByte(w.rest, '\n') + 1
	if len(w.rest)-end >= mostLine {
		end = len(w.rest)
	}
	if end == 0 && w.err == nil {
		return len(p), nil
	}
	if err := w.pass(end); err != nil {
		return 0, err
	}
	return len(p), nil
}

// flush passes on what has no end.
func (w *lineWriter) flush() error { return w.pass(len(w.rest)) }

func (w *lineWriter) pass(n int) error {
	if w.err == nil && n > 0 {
		w.turn.Lock()
		_, w.err = w.to.Write(w.rest[:n])
		w.turn.Unlock()
		w.rest = append(w.rest[:0], w.rest[n:]...)
	}
	return w.err
}
