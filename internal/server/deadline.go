package server

import (
	"net/http"
	"time"
)

// bodyTime is how long a request's body may take. Nothing here reads one, but
// the connection is not free before it has come.
const bodyTime = 10 * time.Second

// stall is for how long a response may make no progress.
const stall = time.Minute

// chunk is how much is written under one deadline: small enough that a link of
// a few kilobits a second gets it through in that time.
const chunk = 32 << 10

// writeDeadlines ends a response that makes no progress, and only that: each chunk of it
// gets as much time as the last one.
type writeDeadlines struct{ next http.Handler }

func (d *writeDeadlines) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	dw := &deadlineWriter{ResponseWriter: w, control: http.NewResponseController(w)}
	if r.ContentLength != 0 {
		_ = dw.control.SetReadDeadline(time.Now().Add(bodyTime))
		w.Header().Set("Connection", "close")
	}
	dw.extend()
	d.next.ServeHTTP(dw, r)
	dw.extend() // the server still has to send what it buffered
}

// deadlineWriter hides the ReadFrom of the real writer: a sendfile of a whole
// image would run under a single deadline.
type deadlineWriter struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (w *deadlineWriter) Write(p []byte) (int, error) {
	written := 0
	for {
		w.extend()
		n, err := w.ResponseWriter.Write(p[:min(chunk, len(p))])
		written += n
		p = p[n:]
		if err != nil || len(p) == 0 {
			return written, err
		}
	}
}

// FlushError sends what was written so far, for responses that take long.
func (w *deadlineWriter) FlushError() error {
	w.extend()
	return w.control.Flush()
}

// extend cannot fail on a connection; test recorders have no deadlines.
func (w *deadlineWriter) extend() { _ = w.control.SetWriteDeadline(time.Now().Add(stall)) }
