package imageapi

import (
	"log/slog"
	"net/http"
)

// NewOn is New on a machine of an architecture.
func NewOn(architecture string, o Options) http.Handler {
	o.Log = slog.New(slog.DiscardHandler)
	return newAPI(o, architecture)
}
