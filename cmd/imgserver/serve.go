package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"syscall"
	"time"

	"lxdocker/internal/changes"
	"lxdocker/internal/server"
	"lxdocker/internal/server/certificate"
	"lxdocker/internal/store"
	"lxdocker/internal/systemd"
)

// drain is how long running downloads may go on after the end was asked for: with all that
// ends meanwhile the program is gone within ten seconds, however slowly somebody reads.
const drain = 8 * time.Second

// serve serves until a signal comes.
func (o *options) serve(stdout, stderr io.Writer, signals <-chan os.Signal) error {
	s := &site{options: o, log: o.logger(stderr), now: time.Now, watch: changes.Watch.Run}
	if err := s.open(); err != nil {
		return err
	}
	if err := s.listen(); err != nil {
		return err
	}
	reload := make(chan struct{}, 1)
	ctx, abort := follow(signals, reload, s.log)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := s.start(ctx); err != nil {
		s.close()
		return err
	}
	defer func() { cancel(); s.work.running.Wait() }()
	defer s.watched.begin(s.images, s.shown, &s.offer, ctx.Done())()
	s.handler = server.New(s.offer)
	s.followChanges(ctx, reload)
	s.announce(stdout)
	s.work.running.Go(func() { s.shown.names.Run(ctx) })
	defer s.supervised().begin(ctx)()
	return server.Serve(ctx, s.listener, server.ServeOptions{
		Handler: s.handler,
		TLS:     s.shown.config(),
		Proxies: s.handler.Trusts,
		Log:     s.log,
		Drain:   drain,
		Abort:   abort,
	})
}

// checkEvery is how often the whole store is compared with its folder. Changes by lxdocker
// are noticed immediately, and versions are checked when clients request them.
const checkEvery = time.Hour

// watch notices what others than lxdocker have done to the store, and complains of the
// certificate, until ctx ends; and at once when it is told to reload.
func watch(ctx context.Context, s store.Store, pair *certificate.Pair, reload <-chan struct{}, lookNow []func(), manager *systemd.Manager, log *slog.Logger) {
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	said, at := "", time.Time{}
	reloading := false
	for ctx.Err() == nil {
		if now, problem := time.Now(), pair.Problem(time.Now()); problem != said || now.Sub(at) >= 24*time.Hour {
			if said, at = problem, now; problem != "" {
				log.Warn(problem)
			}
		}
		if err := s.Check(ctx); err != nil && ctx.Err() == nil {
			log.Warn("cannot look through the store; trying again later", "error", err)
		}
		if reloading {
			reloading = false
			manager.Ready()
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		case <-reload:
			reloading = true
			manager.Reloading()
			log.Info("reading settings and certificate again, and looking what is new")
			for _, look := range lookNow {
				look()
			}
			said = ""
		}
	}
}

// listen opens the address, and says what to do about the two things that go
// wrong with it.
func listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EACCES):
		return nil, lasts(fmt.Errorf("listening on %s: %w: ports below 1024 are for root; try --address :8443", address, err))
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
func (o *options) certificate(dir string, taken sockets) (certificate.Files, error) {
	if o.Cert != "" {
		return certificate.Files{Cert: o.Cert, Key: o.Key}, nil
	}
	host, _, _ := net.SplitHostPort(o.Address)
	if taken.public != nil {
		host = "" // its addresses are those of the interfaces
	}
	files, err := certificate.SelfSigned(ownTLS(dir), certificate.Hosts(host), time.Now())
	if err != nil {
		return files, fmt.Errorf("%w (or say --key and --cert)", err)
	}
	return files, nil
}

// follow turns signals into the end of the context and, at the second one, the
// closing of abort. SIGHUP ends nothing.
func follow(signals <-chan os.Signal, reload chan<- struct{}, log *slog.Logger) (ctx context.Context, abort <-chan struct{}) {
	ctx, cancel := context.WithCancel(context.Background())
	cut := make(chan struct{})
	end := func() os.Signal {
		for {
			s := <-signals
			if s != syscall.SIGHUP {
				return s
			}
			select {
			case reload <- struct{}{}:
			default: // that is about to happen
			}
		}
	}
	go func() {
		log.Info("ending: running downloads may finish; a second signal cuts them off", "signal", end().String())
		cancel()
		end()
		close(cut)
	}()
	return ctx, cut
}
