package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
	"syscall"
	"time"

	"lxdocker/internal/admin"
	"lxdocker/internal/image"
	"lxdocker/internal/server"
	"lxdocker/internal/server/certificate"
	"lxdocker/internal/store"
	"lxdocker/internal/store/dir"
	"lxdocker/internal/systemd"
)

// drain is how long running downloads may go on after the end was asked for: with all that
// ends meanwhile the program is gone within ten seconds, however slowly somebody reads.
const drain = 8 * time.Second

// serve serves until a signal comes.
func (o *options) serve(stdout, stderr io.Writer, signals <-chan os.Signal) error {
	log := o.logger(stderr)
	folder, err := o.folder()
	if err != nil {
		return err
	}
	manager := systemd.New(log)
	manager.Status("reading the images in " + folder)
	images, err := dir.Open(folder, dir.WithLog(log))
	if err != nil {
		return err
	}
	now, err := images.Versions(context.Background()) // also to report now what is damaged
	if err != nil {
		return err
	}
	taken, err := takeSockets()
	if err != nil {
		return lasts(err) // of what socket units say
	}
	files, err := o.certificate(folder, taken)
	if err != nil {
		return err
	}
	o.served = files.Cert
	pair, err := certificate.Load(files, log)
	if err != nil {
		return err
	}
	shown, err := o.certificates(folder, pair, log)
	if err != nil {
		return lasts(err) // of what settings name
	}
	offer := server.Options{Store: images, Log: log, Fingerprint: pair.Fingerprint}
	if err := o.entered(&offer); err != nil {
		return lasts(err) // of what settings name
	}
	listener, err := o.listener(taken)
	if err != nil {
		return err
	}
	watched, err := o.watched(context.Background(), taken, log)
	if err != nil {
		_ = listener.Close()
		return err
	}
	reload := make(chan struct{}, 1)
	ctx, abort := follow(signals, reload, log)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	offer.Ending = ctx.Done()
	working, err := o.start(ctx, images, &offer, watched, log)
	if err != nil {
		_ = listener.Close()
		watched.close()
		return err
	}
	defer func() { cancel(); working.running.Wait() }()
	scrub := &admin.Scrubber{Store: images, Every: o.VerifyEvery, Log: log, Damaged: working.told}
	every := make(chan time.Duration, 1)
	working.running.Go(func() { scrubbing(ctx, scrub, every) })
	defer watched.begin(images, shown, &offer, ctx.Done())()
	handler := server.New(offer)
	o.follow(&changing{
		images: images, pair: pair, handler: handler, offer: offer, work: working, watched: watched, every: every, log: log,
		locate: func(now *options) (certificate.Files, error) { return now.certificate(folder, taken) },
	})
	working.lookNow = append([]func(){o.again.reload}, append(working.lookNow, pair.Reload, shown.names.Wake)...)
	go watch(ctx, images, pair, reload, working.lookNow, manager, log)
	announce(stdout, announcement{
		dir: folder, images: len(image.Current(now.List())), listening: listener.Addr(), own: o.Cert == "",
		cert: files.Cert, fingerprint: pair.Fingerprint(), expires: pair.Expires(), onDemand: offer.OnDemand,
		prefix: offer.Prefix, logins: offer.Access.Users != nil, names: shown.names.Names(),
	})
	working.running.Go(func() { shown.names.Run(ctx) })
	if !o.Demanded() && slices.ContainsFunc(now.List(), func(v image.Version) bool { return v.Hub && v.Retired == nil }) {
		log.Info("there are images on demand, and no pattern of --on-demand: they are offered as they are")
	}
	if files.Made && len(now.Products()) > 0 {
		log.Warn("THE CERTIFICATE IS NEW, and there are images already: clients that know this server under another one refuse it now; "+
			"put the old one back if there is one, or have them remove and add the remote", "certificate", files.Cert)
	}
	defer (&supervised{manager: manager, handler: handler, address: listener.Addr(), images: images, hub: working.hub, builds: working.builds, wrong: o.again.wrong.Load}).begin(ctx)()
	return server.Serve(ctx, listener, server.ServeOptions{
		Handler: handler,
		TLS:     shown.config(),
		Proxies: handler.Trusts,
		Log:     log,
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
