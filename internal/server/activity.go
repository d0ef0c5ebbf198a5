package server

import (
	"bytes"
	"net/http"
	"time"

	"lxdocker/internal/catalog"
	"lxdocker/internal/document"
	"lxdocker/internal/imageapi"
)

// How people watch what is converted: a stream of events for each page that is open.
const (
	maxStreams  = 64               // at once; other pages have to be loaded again
	streamTime  = 15 * time.Minute // then the browser asks again
	streamEvery = time.Second      // how often a stream is looked after
	streamAlive = 15 * time.Second // so long nothing may be sent
)

// events are all streams.
type events struct {
	places   chan struct{}
	ending   <-chan struct{}
	replaced <-chan struct{} // closed when others have to know what may be seen
}

// activity shows people what is being converted, and what a name means.
func (s *routes) activity(w http.ResponseWriter, r *http.Request) {
	if s.web.Activity == nil {
		fail(w, http.StatusNotFound, "there is nothing here")
		return
	}
	asked := r.URL.Query().Get("ref")
	s.show(w, r, "text/html; charset=utf-8", func(c *catalog.Catalog) (*document.Document, error) {
		return s.web.ActivityPage(c, r.Host, asked, imageapi.ClientOf(r))
	})
}

// stream sends the part of that page that changes whenever it has, as server-sent events (HTML,
// section 9.2).
func (s *routes) stream(w http.ResponseWriter, r *http.Request) {
	if s.web.Activity == nil {
		fail(w, http.StatusNotFound, "there is nothing here")
		return
	}
	select {
	case s.events.places <- struct{}{}:
		defer func() { <-s.events.places }()
	default:
		w.Header().Set("Retry-After", "60")
		fail(w, http.StatusServiceUnavailable, "too many watch already: load the page again instead")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	if r.Method == http.MethodHead {
		return
	}
	end := time.NewTimer(streamTime)
	defer end.Stop()
	tick := time.NewTicker(streamEvery)
	defer tick.Stop()
	var last []byte
	var sent time.Time
	for {
		now, err := s.web.Events(imageapi.ClientOf(r))
		if err != nil {
			s.log.Error("cannot render what is being converted", "error", err, "id", w.Header().Get(imageapi.RequestID))
			return
		}
		if !bytes.Equal(now, last) || time.Since(sent) >= streamAlive {
			last, sent = now, time.Now()
			if _, err := w.Write(event(now)); err != nil || http.NewResponseController(w).Flush() != nil {
				return
			}
		}
		select {
		case <-tick.C:
		case <-end.C:
			return
		case <-r.Context().Done():
			return
		case <-s.events.ending:
			return
		case <-s.events.replaced: // the browser asks again
			return
		}
	}
}

// event makes one event of a text.
func event(text []byte) []byte {
	var b bytes.Buffer
	for line := range bytes.Lines(text) {
		b.WriteString("data: ")
		b.Write(bytes.TrimRight(line, "\r\n"))
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	return b.Bytes()
}
