package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"syscall"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/server"
	"lxdocker/internal/server/certificate"
	"lxdocker/internal/store"
	"lxdocker/internal/store/dir"
)

// drain is how long running downloads may go on after the end was asked for.
const drain = 30 * time.Second

// serve serves until a signal comes.
func (o *options) serve(stdout, stderr io.Writer, signals <-chan os.Signal) error {
	log := o.logger(stderr)
	folder, err := o.folder()
	if err != nil {
		return err
	}
	images, err := dir.Open(folder, dir.WithLog(log))
	if err != nil {
		return err
	}
	now, err := images.Versions(context.Background()) // also to report now what is damaged
	if err != nil {
		return err
	}
	files, err := o.certificate(folder)
	if err != nil {
		return err
	}
	pair, err := certificate.Load(files, log)
	if err != nil {
		return err
	}
	warnOfExpiry(pair, log)
	listener, err := listen(o.address)
	if err != nil {
		return err
	}
	ctx, abort := follow(signals, log)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go check(ctx, images, log)
	offer := server.Options{Store: images, Log: log, Ending: ctx.Done()}
	wait, err := o.start(ctx, images, &offer, log)
	if err != nil {
		_ = listener.Close()
		return err
	}
	defer func() { cancel(); wait() }()
	announce(stdout, announcement{
		dir: folder, images: len(image.Current(now.List())), listening: listener.Addr(), own: o.cert == "",
		cert: files.Cert, fingerprint: pair.Fingerprint(), expires: pair.Expires(), onDemand: offer.OnDemand,
	})
	return server.Serve(ctx, listener, server.ServeOptions{
		Handler: server.New(offer),
		TLS:     &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: pair.Get},
		Log:     log,
		Drain:   drain,
		Abort:   abort,
	})
}

// checkEvery is how often the whole store is compared with its folder. What lxdocker
// does is seen at once, and what is asked for is looked at.
const checkEvery = time.Hour

// check notices what others than lxdocker have done to the store, until ctx ends.
func check(ctx context.Context, s store.Store, log *slog.Logger) {
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := s.Check(ctx); err != nil && ctx.Err() == nil {
			log.Warn("cannot look through the store; trying again later", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// listen opens the address, and says what to do about the two things that go
// wrong with it.
func listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("listening on %s: %w: ports below 1024 are for root; try --address :8443", address, err)
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("listening on %s: %w: another program listens there; name another port with --address", address, err)
	case err != nil:
		return nil, fmt.Errorf("listening on %s: %w", address, err)
	}
	return listener, nil
}

// certificate says where the pair is, and makes it if that is ours to do. It is
// kept beside the folder of images, never in it: that one may be served by any
// web server.
func (o *options) certificate(dir string) (certificate.Files, error) {
	if o.cert != "" {
		return certificate.Files{Cert: o.cert, Key: o.key}, nil
	}
	host, _, _ := net.SplitHostPort(o.address)
	files, err := certificate.SelfSigned(dir+"-tls", certificate.Hosts(host), time.Now())
	if err != nil {
		return files, fmt.Errorf("%w (or say --key and --cert)", err)
	}
	return files, nil
}

func warnOfExpiry(pair *certificate.Pair, log *slog.Logger) {
	if left := time.Until(pair.Expires()); left < 14*24*time.Hour {
		log.Warn("clients will refuse the certificate soon, or do already", "expires", pair.Expires())
	}
}

// follow turns signals into the end of the context and, at the second one, the
// closing of abort.
func follow(signals <-chan os.Signal, log *slog.Logger) (ctx context.Context, abort <-chan struct{}) {
	ctx, cancel := context.WithCancel(context.Background())
	cut := make(chan struct{})
	go func() {
		log.Info("ending: running downloads may finish; a second signal cuts them off", "signal", (<-signals).String())
		cancel()
		<-signals
		close(cut)
	}()
	return ctx, cut
}
