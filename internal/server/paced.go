package server

import (
	"net/http"
	"time"
)

// bodyTime is how long a request's body may take. Nothing here reads one, but
// the connection is not free before it has come.
const bodyTime = 10 * time.Second

// piece is how much is written under one deadline: small enough that a link of
// a few kilobits a second gets it through in a minute.
const piece = 32 << 10

// paced ends a response that makes no progress, and only that: each piece of it
// gets as much time as the last one.
type paced struct {
	stall time.Duration
	next  http.Handler
}

func (p *paced) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	pw := &pacedWriter{ResponseWriter: w, control: http.NewResponseController(w), stall: p.stall}
	if r.ContentLength != 0 {
		_ = pw.control.SetReadDeadline(time.Now().Add(bodyTime))
		w.Header().Set("Connection", "close")
	}
	pw.extend()
	p.next.ServeHTTP(pw, r)
	pw.extend() // the server still has to send what it buffered
}

// pacedWriter hides the ReadFrom of the real writer: a sendfile of a whole
// image would run under a single deadline.
type pacedWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	stall   time.Duration
}

func (w *pacedWriter) Write(p []byte) (int, error) {
	written := 0
	for {
		w.extend()
		n, err := w.ResponseWriter.Write(p[:min(piece, len(p))])
		written += n
		p = p[n:]
		if err != nil || len(p) == 0 {
			return written, err
		}
	}
}

// extend cannot fail on a connection; test recorders have no deadlines.
func (w *pacedWriter) extend() { _ = w.control.SetWriteDeadline(time.Now().Add(w.stall)) }
