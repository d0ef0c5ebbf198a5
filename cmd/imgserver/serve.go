package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"time"

	"lxdocker/internal/catalog"
	"lxdocker/internal/server"
	"lxdocker/internal/server/certificate"
	"lxdocker/internal/store"
)

// drain is how long running downloads may go on after the end was asked for.
const drain = 30 * time.Second

// serve serves until a signal comes.
func (o *options) serve(stdout, stderr io.Writer, signals <-chan os.Signal) error {
	log := o.logger(stderr)
	dir, err := o.folder()
	if err != nil {
		return err
	}
	images, err := store.Open(dir, store.WithLog(log))
	if err != nil {
		return err
	}
	versions, err := images.Versions() // also to report now what is damaged
	if err != nil {
		return err
	}
	files, err := o.certificate(dir)
	if err != nil {
		return err
	}
	pair, err := certificate.Load(files, log)
	if err != nil {
		return err
	}
	warnOfExpiry(pair, log)
	listener, err := net.Listen("tcp", o.address)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", o.address, err)
	}
	announce(stdout, announcement{
		dir: dir, images: len(catalog.New(versions).Products), listening: listener.Addr(), own: o.cert == "",
		cert: files.Cert, fingerprint: pair.Fingerprint(), expires: pair.Expires(),
	})
	ctx, abort := follow(signals, log)
	return server.Serve(ctx, listener, server.ServeOptions{
		Handler: server.New(server.Options{Store: images, Log: log}),
		TLS:     &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: pair.Get},
		Log:     log,
		Drain:   drain,
		Abort:   abort,
	})
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
