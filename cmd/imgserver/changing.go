package main

import (
	"log/slog"
	"time"

	"lxdocker/internal/runs"
	"lxdocker/internal/server"
	"lxdocker/internal/server/certificate"
)

// changing is what works in a running server with settings that may change.
type changing struct {
	images  images
	pair    *certificate.Pair
	handler *server.Handler
	offer   server.Options // with which the handler works
	work    *work
	watched *watched
	every   chan time.Duration // to scrubbing
	locate  func(*options) (certificate.Files, error)
	log     *slog.Logger
}

// follow makes settings count in a running server when they change.
func (o *options) follow(c *changing) {
	r := o.again
	r.log = c.log
	r.later = func(now *options) (names []string) {
		if now.Demanded() != o.Demanded() { // a hub would have to begin, or to end
			names = append(names, "on-demand", "on-demand-deny", "on-demand-for")
		}
		if o.Specs == "" {
			names = append(names, "schedule")
		}
		return names
	}
	r.on(func(now *options) (func(), error) { return func() { o.level.Set(now.levelOf()) }, nil }, "debug")
	r.on(c.certificate, "cert", "key")
	r.on(c.verifying, "verify-every")
	r.on(c.bounds, "max-image", "on-demand-unpacked", "on-demand-files", "on-demand-time", "max-layers", "max-unpacked-image", "max-files", "time-limit")
	r.on(c.keeping, "keep", "keep-days", "cache-size", "cache-age")
	r.on(c.timetable, "every", "schedule")
	r.on(c.hub, "on-demand", "on-demand-deny", "on-demand-for", "every", "on-demand-days", "conversions", "per-client", "images-size",
		"max-image", "on-demand-unpacked", "on-demand-files", "on-demand-time") // what was too large may not be so any more
	r.on(c.entrance, "on-demand", "on-demand-deny", "on-demand-for", "allow", "users", "no-login", "path-prefix", "trusted-proxy")
	r.on(c.noted, "images-size", "every")
}

// certificate makes the pair show another one.
func (c *changing) certificate(now *options) (func(), error) {
	files, err := c.locate(now)
	if err != nil {
		return nil, err
	}
	fresh, err := certificate.Load(files, c.log)
	if err != nil {
		return nil, err
	}
	return func() {
		c.pair.Become(fresh)
		if c.work.builder != nil {
			c.work.builder.Runs.Change(func(s *runs.Server) { s.Cert = absolute(files.Cert) })
		}
	}, nil
}

func (c *changing) verifying(now *options) (func(), error) {
	return func() { latest(c.every, now.VerifyEvery) }, nil
}

// bounds are those of conversions that begin from now on.
func (c *changing) bounds(now *options) (func(), error) {
	return func() {
		if c.work.builder != nil {
			c.work.builder.Bound(now.Bounds(), now.strangers())
		}
		if c.work.converter != nil {
			c.work.converter.maxSize.Store(int64(now.MaxImage))
		}
	}, nil
}

func (c *changing) keeping(now *options) (func(), error) {
	if c.work.builder == nil {
		return func() {}, nil
	}
	kept, err := now.kept(c.work.builder.Layers)
	return func() { c.work.builder.Change(kept) }, err
}

func (c *changing) timetable(now *options) (func(), error) {
	if c.work.due.Load() == nil {
		return func() {}, nil
	}
	due, err := now.Timetable()
	return func() { c.work.due.Store(&due) }, err
}

// hub changes what may be asked for, and how much.
func (c *changing) hub(now *options) (func(), error) {
	if c.work.hub == nil {
		return func() {}, nil
	}
	rules, err := now.ruling(c.images)
	return func() {
		c.work.builder.Sources.NameForStrangers(rules.Policy.Hosts())
		if c.watched != nil {
			c.watched.NameRegistries(now.registries())
		}
		c.work.hub.Change(rules)
	}, err
}

// entrance changes who may enter the server, and what it offers.
func (c *changing) entrance(now *options) (func(), error) {
	next := c.offer
	if err := now.entered(&next); err != nil {
		return nil, err
	}
	if c.work.hub != nil {
		if err := now.offers(&next, c.work); err != nil {
			return nil, err
		}
	}
	return func() { c.offer = next; c.handler.Change(next) }, nil
}

// noted notes for `lxdocker status` what it looks at.
func (c *changing) noted(now *options) (func(), error) {
	if c.work.builder == nil {
		return func() {}, nil
	}
	return func() {
		c.work.builder.Runs.Change(func(s *runs.Server) { s.Limit, s.Every = c.work.room(), now.Every })
	}, nil
}
