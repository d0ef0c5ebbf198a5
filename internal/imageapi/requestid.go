package imageapi

import (
	"context"
	"net/http"
)

// RequestID is the header that names a request. A server sets it before the API answers; errors
// repeat it in their metadata, which clients of errors leave alone (LXD and Incus,
// client/lxd.go, lxdParseResponse; pylxd, exceptions.py).
const RequestID = "X-Request-Id"

// metadataOf is what an error has beside its text; nil for nothing.
func metadataOf(h http.Header) any {
	if id := h.Get(RequestID); id != "" {
		return map[string]string{"request_id": id}
	}
	return nil
}

// Subject is what a request turned out to be about, for the access log.
type Subject struct{ Image string }

type subjectKey struct{}

// About gives a request a subject, about which those who answer will say more.
func About(r *http.Request) (*http.Request, *Subject) {
	s := &Subject{}
	return r.WithContext(context.WithValue(r.Context(), subjectKey{}, s)), s
}

// Concerns notes which image a request is about.
func Concerns(r *http.Request, image string) {
	if s, ok := r.Context().Value(subjectKey{}).(*Subject); ok {
		s.Image = image
	}
}
