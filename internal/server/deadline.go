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

// piece is how much of a file is in memory for a client of HTTP/2 that reads slowly: it may have
// several streams on each connection. It is what net/http writes at once anyway.
const piece = 4 << 10

var (
	chunks = sync.Pool{New: func() any { return new([chunk]byte) }}
	pieces = sync.Pool{New: func() any { return new([piece]byte) }}
)

// ReadFrom is how io.Copy sends a file: as chunks, to clients that are swift several of them at
// once, and in small pieces with HTTP/2.
func (w *deadlineWriter) ReadFrom(src io.Reader) (total int64, err error) {
	quick := false
	for err == nil {
		var n int64
		began := time.Now()
		switch much := quick && enter(); {
		case much && w.conn != nil:
			n, err = w.sendTogether(src)
		case much:
			n, err = w.sendAlone(src)
		case w.conn == nil:
			b := pieces.Get().(*[piece]byte)
			n, err = w.send(src, b[:], 1)
			pieces.Put(b)
		default:
			n, err = w.sendChunks(src, 1)
		}
		total += n
		quick = time.Since(began) < swift
	}
	if err == io.EOF {
		err = nil
	}
	return total, err
}

// sendTogether sends some chunks of a file at once. It is one of those that may.
func (w *deadlineWriter) sendTogether(src io.Reader) (sent int64, err error) {
	defer leave()
	w.conn.begin()
	defer func() {
		if e := w.conn.end(); e != nil {
			err = e
		}
	}()
	return w.sendChunks(src, gathered/chunk)
}

// sendAlone sends a chunk where nothing is gathered. It is one of those that may.
func (w *deadlineWriter) sendAlone(src io.Reader) (sent int64, err error) {
	defer leave()
	return w.sendChunks(src, 1)
}

func (w *deadlineWriter) sendChunks(src io.Reader, times int) (sent int64, err error) {
	b := chunks.Get().(*[chunk]byte)
	defer chunks.Put(b)
	return w.send(src, b[:], times)
}

// send reads a file into a buffer and sends that, some times.
func (w *deadlineWriter) send(src io.Reader, buffer []byte, times int) (sent int64, err error) {
	for range times {
		n, err := src.Read(buffer)
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
