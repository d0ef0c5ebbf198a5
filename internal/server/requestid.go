package server

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"

	"lxdocker/internal/imageapi"
)

// longestID is how long the name of a request may be that a proxy gives.
const longestID = 64

// identify names a request, in the header of the answer. What a proxy calls it counts, so
// that it has one name in the logs of both; what a client calls it does not.
func identify(w http.ResponseWriter, r *http.Request, byProxy bool) {
	id := ""
	if given := r.Header[imageapi.RequestID]; byProxy && len(given) == 1 && isID(given[0]) {
		id = given[0]
	}
	if id == "" {
		var b [8]byte
		_, _ = rand.Read(b[:]) // never fails
		id = hex.EncodeToString(b[:])
	}
	w.Header().Set(imageapi.RequestID, id)
}

// isID says whether a text can stand in a header, a log and a page as it is.
func isID(text string) bool {
	odd := func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:+/=", r)
	}
	return text != "" && len(text) <= longestID && strings.IndexFunc(text, odd) < 0
}
