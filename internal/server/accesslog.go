package server

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"lxdocker/internal/imageapi"
	"lxdocker/internal/server/access"
	"lxdocker/internal/terminal"
)

// accessLog writes the access log: one line for each request when it is over; and tells
// the observer.
type accessLog struct {
	log      *slog.Logger
	observer Observer // nil: there is none
	next     http.Handler
}

func (l *accessLog) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Context().Value(ownQuestion{}) != nil {
		l.next.ServeHTTP(w, r)
		return
	}
	began := time.Now()
	r, about := imageapi.About(r)
	c := &loggedResponse{ResponseWriter: w}
	defer func() {
		attrs := []any{
			"method", terminal.Clean(r.Method, 20), "path", terminal.Clean(r.URL.EscapedPath(), 200), "status", c.status,
			"bytes", c.bytes, "duration", time.Since(began).Round(time.Microsecond),
			"client", imageapi.AddressOf(r), "agent", terminal.Clean(r.UserAgent(), 200), "program", programOf(r.UserAgent()),
		}
		if about.Image != "" {
			attrs = append(attrs, "image", terminal.Clean(about.Image, 200))
		}
		if user := access.VisitorOf(r).User; user != "" {
			attrs = append(attrs, "user", user)
		}
		if c.err != nil {
			attrs = append(attrs, "error", c.err)
		}
		attrs = append(attrs, "id", w.Header().Get(imageapi.RequestID))
		l.log.Info("request", attrs...)
	}()
	defer l.observe(r, c, began)() // so what the log says is counted
	l.next.ServeHTTP(c, r)
}

// observe tells the observer that a request has begun, and gives what tells it the end.
func (l *accessLog) observe(r *http.Request, c *loggedResponse, began time.Time) (ended func()) {
	if l.observer == nil {
		return func() {}
	}
	path, _ := strings.CutPrefix(r.URL.EscapedPath(), "/")
	kind := kindOf(path)
	l.observer.RequestBegan(kind)
	return func() { l.observer.RequestEnded(kind, c.status, c.bytes, time.Since(began)) }
}

// loggedResponse notes the status, the size and the first error of a response.
type loggedResponse struct {
	http.ResponseWriter
	status int
	bytes  int64
	err    error // the first that sending met
}

func (c *loggedResponse) WriteHeader(status int) {
	if c.status == 0 && status >= 200 {
		c.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *loggedResponse) Write(p []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	n, err := c.ResponseWriter.Write(p)
	c.bytes += int64(n)
	if err != nil && c.err == nil {
		c.err = err
	}
	return n, err
}

// Unwrap is for http.ResponseController.
func (c *loggedResponse) Unwrap() http.ResponseWriter { return c.ResponseWriter }
