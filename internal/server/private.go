package server

import (
	"context"
	"log"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	privateConnections = 32 // at a time, so that whoever holds many takes none of the public ones
	privateTime        = 30 * time.Second
)

// ServePrivate answers requests of this machine by plain HTTP until ctx ends, apart from
// Serve. It closes the listener.
func ServePrivate(ctx context.Context, listener net.Listener, handler http.Handler, logger *slog.Logger) error {
	l := defaultLimits()
	srv := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: l.header,
		ReadTimeout:       l.header,
		WriteTimeout:      privateTime,
		IdleTimeout:       privateTime,
		MaxHeaderBytes:    l.headerBytes,
		ErrorLog:          log.New(errorLog{logger}, "", 0),
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(limitListener(listener, privateConnections, nil)) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return srv.Close()
	}
}
