package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"slices"
	"time"

	"lxdocker/internal/admin"
	"lxdocker/internal/changes"
	"lxdocker/internal/image"
	"lxdocker/internal/server"
	"lxdocker/internal/server/certificate"
	"lxdocker/internal/store"
	"lxdocker/internal/store/dir"
	"lxdocker/internal/systemd"
)

// site is an imgserver: what it works with, in the order in which it comes to be.
type site struct {
	options  *options
	log      *slog.Logger
	now      func() time.Time                     // by which certificates of an authority are good or due
	watch    func(changes.Watch, context.Context) // how folders of specs are watched
	manager  *systemd.Manager
	folder   string // of the images
	images   *dir.Store
	began    *store.Snapshot // what was there at the start
	sockets  sockets
	files    certificate.Files
	pair     *certificate.Pair
	shown    certificates
	offer    server.Options
	listener net.Listener
	watched  *watched
	work     *work
	every    chan time.Duration // to scrubbing
	handler  *server.Handler
}

// open opens the images and the certificate. What settings name wrongly is told before anything
// begins.
func (s *site) open() (err error) {
	o := s.options
	if s.folder, err = o.folder(); err != nil {
		return err
	}
	s.manager = systemd.New(s.log)
	s.manager.Status("reading the images in " + s.folder)
	if s.images, err = dir.Open(s.folder, dir.WithLog(s.log)); err != nil {
		return err
	}
	if s.began, err = s.images.Versions(context.Background()); err != nil { // which also reports what is damaged
		return err
	}
	if s.sockets, err = takeSockets(); err != nil {
		return lasts(err) // of what socket units say
	}
	if s.files, err = o.certificate(s.folder, s.sockets); err != nil {
		return err
	}
	o.served = s.files.Cert
	if s.pair, err = certificate.Load(s.files, s.log); err != nil {
		return err
	}
	if s.shown, err = o.certificates(s.folder, s.pair, s.now, s.log); err != nil {
		return lasts(err) // of what settings name
	}
	s.offer = server.Options{Store: s.images, Log: s.log, Fingerprint: s.pair.Fingerprint}
	return lasts(o.entered(&s.offer)) // of what settings name
}

// listen opens the addresses. The one for those who watch is opened before anything is made, too.
func (s *site) listen() (err error) {
	if s.listener, err = s.options.listener(s.sockets); err != nil {
		return err
	}
	if s.watched, err = s.options.watched(context.Background(), s.sockets, s.log); err != nil {
		_ = s.listener.Close()
	}
	return err
}

// close closes the addresses of a server that did not come to serve.
func (s *site) close() {
	_ = s.listener.Close()
	s.watched.close()
}

// start starts the work beside serving, which ends with ctx.
func (s *site) start(ctx context.Context) error {
	s.offer.Ending = ctx.Done()
	s.work = &work{watch: s.watch}
	if err := s.options.start(ctx, s.work, s.images, &s.offer, s.watched, s.log); err != nil {
		return err
	}
	scrub := &admin.Scrubber{Store: s.images, Every: s.options.VerifyEvery, Log: s.log, Damaged: s.work.told}
	s.every = make(chan time.Duration, 1)
	s.work.running.Go(func() { scrubbing(ctx, scrub, s.every) })
	return nil
}

// followChanges has changes of settings, certificates and store count until ctx ends.
func (s *site) followChanges(ctx context.Context, reload <-chan struct{}) {
	o := s.options
	o.follow(&changing{
		images: s.images, pair: s.pair, handler: s.handler, offer: s.offer, work: s.work, watched: s.watched, every: s.every, log: s.log,
		locate: func(now *options) (certificate.Files, error) { return now.certificate(s.folder, s.sockets) },
	})
	s.work.lookNow = append([]func(){o.again.reload}, append(s.work.lookNow, s.pair.Reload, s.shown.names.Wake)...)
	go watch(ctx, s.images, s.pair, reload, s.work.lookNow, s.manager, s.log)
}

// announce tells a person how to use the server, and what may surprise.
func (s *site) announce(w io.Writer) {
	announce(w, announcement{
		dir: s.folder, images: len(image.Current(s.began.List())), listening: s.listener.Addr(), own: s.options.Cert == "",
		cert: s.files.Cert, fingerprint: s.pair.Fingerprint(), expires: s.pair.Expires(), onDemand: s.offer.OnDemand,
		prefix: s.offer.Prefix, logins: s.offer.Access.Users != nil, names: s.shown.names.Names(),
	})
	if !s.options.Demanded() && slices.ContainsFunc(s.began.List(), func(v image.Version) bool { return v.Hub && v.Retired == nil }) {
		s.log.Info("there are images on demand, and no pattern of --on-demand: they are offered as they are")
	}
	if s.files.Made && len(s.began.Products()) > 0 {
		s.log.Warn("THE CERTIFICATE IS NEW, and there are images already: clients that know this server under another one refuse it now; "+
			"put the old one back if there is one, or have them remove and add the remote", "certificate", s.files.Cert)
	}
}

// supervised is the server as the service manager sees it.
func (s *site) supervised() *supervised {
	return &supervised{
		manager: s.manager, handler: s.handler, address: s.listener.Addr(), images: s.images, hub: s.work.hub, builds: s.work.builds,
		wrong: s.options.again.wrong.Load,
	}
}
