package server

import (
	"io"
	"net/http"
	"sync"
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
	dw := &deadlineWriter{ResponseWriter: w, control: http.NewResponseController(w), conn: gatherConnOf(r)}
	if r.ContentLength != 0 {
		_ = dw.control.SetReadDeadline(time.Now().Add(bodyTime))
		w.Header().Set("Connection", "close")
	}
	dw.extend()
	d.next.ServeHTTP(dw, r)
	dw.extend() // the server still has to send what it buffered
}

// deadlineWriter has a ReadFrom of its own: with that of the real writer, a whole image would
// run under a single deadline.
type deadlineWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	conn    *gatherConn // nil: there is none
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

// chunks are buffers for ReadFrom.
var chunks = sync.Pool{New: func() any { return new([chunk]byte) }}

// ReadFrom is how io.Copy sends a file. To clients that are swift it sends several chunks at
// once.
func (w *deadlineWriter) ReadFrom(src io.Reader) (total int64, err error) {
	buffer := chunks.Get().(*[chunk]byte)
	defer chunks.Put(buffer)
	quick := false
	for err == nil {
		var n int64
		began, some := time.Now(), 1
		if quick && w.conn.begin() {
			some = gathered / chunk
			n, err = w.sendTogether(src, buffer, some)
		} else {
			n, err = w.send(src, buffer, some)
		}
		total += n
		quick = time.Since(began) < time.Duration(some)*swift
	}
	if err == io.EOF {
		err = nil
	}
	return total, err
}

// sendTogether sends some chunks of a file at once. The connection has begun to gather.
func (w *deadlineWriter) sendTogether(src io.Reader, buffer *[chunk]byte, some int) (sent int64, err error) {
	defer func() {
		if e := w.conn.end(); e != nil {
			err = e
		}
	}()
	return w.send(src, buffer, some)
}

// send sends some chunks of a file, one after the other.
func (w *deadlineWriter) send(src io.Reader, buffer *[chunk]byte, some int) (sent int64, err error) {
	for range some {
		n, err := src.Read(buffer[:])
		if n > 0 {
			m, e := w.Write(buffer[:n])
			sent += int64(m)
			if e != nil {
				return sent, e
			}
		}
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// FlushError sends what was written so far, for responses that take long.
func (w *deadlineWriter) FlushError() error {
	w.extend()
	return w.control.Flush()
}

// extend cannot fail on a connection; test recorders have no deadlines.
func (w *deadlineWriter) extend() { _ = w.control.SetWriteDeadline(time.Now().Add(stall)) }
