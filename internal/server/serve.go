package server

import (
	"context"
	"crypto/tls"
	"errors"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"lxdocker/internal/terminal"
)

// limits are what clients may take, beside stall.
type limits struct {
	header      time.Duration // for the handshake, and for a request's header
	idle        time.Duration // between requests
	headerBytes int           // to which net/http adds 4 KiB
	connections int           // at a time
	progress    time.Duration // in which a client has to take something when the server is to end
}

func defaultLimits() limits {
	return limits{header: 10 * time.Second, idle: time.Minute, headerBytes: 16 << 10, connections: 1000, progress: 2 * time.Second}
}

// ErrCutOff is returned when the server ended before all responses were sent.
var ErrCutOff = errors.New("some downloads were cut off")

// ServeOptions are what a listening server works with.
type ServeOptions struct {
	Handler http.Handler
	TLS     *tls.Config
	Proxies func(netip.Addr) bool // whose connections are those of many clients; nil: nobody's
	Log     *slog.Logger
	Drain   time.Duration   // how long running responses may go on after the end was asked for
	Abort   <-chan struct{} // when closed, nothing is waited for any more
}

// Serve answers requests over TLS until ctx ends, and then lets running
// responses finish. It returns nil, ErrCutOff, or why it could not serve.
// It closes the listener.
func Serve(ctx context.Context, listener net.Listener, o ServeOptions) error {
	return serve(ctx, listener, o, defaultLimits())
}

func serve(ctx context.Context, listener net.Listener, o ServeOptions, l limits) error {
	known, http2 := protocols()
	srv := &http.Server{
		Handler:           o.Handler,
		TLSConfig:         o.TLS,
		ReadHeaderTimeout: l.header,
		IdleTimeout:       l.idle,
		MaxHeaderBytes:    l.headerBytes,
		Protocols:         known,
		HTTP2:             http2,
		ConnContext:       withGatherConn,
		// "OPTIONS *" is a method like any other.
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     log.New(errorLog{o.Log}, "", 0),
	}
	failed := make(chan error, 1)
	moving := newMovingListener(limitUnsent(listener))
	listener = gatherListener{redirectPlain(limitListener(moving, l.connections, o.Proxies), l.headerBytes)}
	go func() { failed <- srv.ServeTLS(listener, "", "") }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	return drain(srv, o, moving, l.progress)
}

// drain lets responses finish, but for those whose clients make no progress.
func drain(srv *http.Server, o ServeOptions, open *movingListener, progress time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), o.Drain)
	defer cancel()
	go func() {
		select {
		case <-o.Abort:
			cancel()
		case <-ctx.Done():
		}
	}()
	closed := make(chan int, 1)
	go func() { closed <- open.closeStill(ctx, progress) }()
	err := srv.Shutdown(ctx)
	if err != nil {
		open.closeAll() // first: Close says goodbye to each client, after what that has yet to read
		_ = srv.Close()
	}
	cancel()
	if <-closed > 0 || err != nil {
		return ErrCutOff
	}
	return nil
}

// errorLog takes what net/http has to say. That is mostly about clients.
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
