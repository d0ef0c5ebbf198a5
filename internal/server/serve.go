package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"lxdocker/internal/terminal"
)

// Limits are what clients may take; zero means the default. How long a download
// may take is Options.Stall's business.
type Limits struct {
	Header      time.Duration // for the handshake, and for a request's header; 10 s
	Idle        time.Duration // between requests; a minute
	HeaderBytes int           // 16 KiB, to which net/http adds 4 KiB
	Connections int           // at a time; 1000
}

func (l Limits) orDefaults() Limits {
	return Limits{
		Header:      cmp.Or(l.Header, 10*time.Second),
		Idle:        cmp.Or(l.Idle, time.Minute),
		HeaderBytes: cmp.Or(l.HeaderBytes, 16<<10),
		Connections: cmp.Or(l.Connections, 1000),
	}
}

// ErrCutOff is returned when the server ended before all responses were sent.
var ErrCutOff = errors.New("some downloads were cut off")

// ServeOptions are what a listening server works with.
type ServeOptions struct {
	Handler http.Handler
	TLS     *tls.Config
	Log     *slog.Logger
	Limits  Limits
	Drain   time.Duration   // how long running responses may go on after the end was asked for
	Abort   <-chan struct{} // when closed, nothing is waited for any more
}

// Serve answers requests over TLS until ctx ends, and then lets running
// responses finish. It returns nil, ErrCutOff, or why it could not serve.
// It closes the listener.
func Serve(ctx context.Context, listener net.Listener, o ServeOptions) error {
	limits := o.Limits.orDefaults()
	var http1 http.Protocols
	http1.SetHTTP1(true) // all that LXD and Incus speak
	srv := &http.Server{
		Handler:           o.Handler,
		TLSConfig:         o.TLS,
		ReadHeaderTimeout: limits.Header,
		IdleTimeout:       limits.Idle,
		MaxHeaderBytes:    limits.HeaderBytes,
		Protocols:         &http1,
		// "OPTIONS *" is a method like any other.
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     log.New(errorLog{o.Log}, "", 0),
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.ServeTLS(limit(listener, limits.Connections), "", "") }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	return drain(srv, o)
}

func drain(srv *http.Server, o ServeOptions) error {
	ctx, cancel := context.WithTimeout(context.Background(), o.Drain)
	defer cancel()
	go func() {
		select {
		case <-o.Abort:
			cancel()
		case <-ctx.Done():
		}
	}()
	if err := srv.Shutdown(ctx); err != nil {
		_ = srv.Close()
		return ErrCutOff
	}
	return nil
}

// errorLog takes what net/http has to say. That is mostly about clients: LXD
// and Incus try each file by plain HTTP first and get a 400 from net/http.
type errorLog struct{ log *slog.Logger }

func (e errorLog) Write(line []byte) (int, error) {
	text := strings.TrimSpace(string(line))
	if strings.HasPrefix(text, "http: panic") || strings.Contains(text, "Accept error") {
		e.log.Error(text)
	} else {
		e.log.Debug(terminal.Clean(text, 500))
	}
	return len(line), nil
}
