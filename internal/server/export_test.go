package server

import (
	"cmp"
	"context"
	"net"
	"time"
)

// Stall is how long tests have to wait for what stands still.
const Stall = stall

// MaxStreams is how many may watch at once.
const MaxStreams = maxStreams

// Limits are tighter ones, for tests.
type Limits struct {
	Header, Idle, Progress   time.Duration
	HeaderBytes, Connections int
}

// ServeWithin is Serve with limits of its own; zero means the default.
func ServeWithin(ctx context.Context, listener net.Listener, o ServeOptions, l Limits) error {
	d := defaultLimits()
	return serve(ctx, listener, o, limits{
		header: cmp.Or(l.Header, d.header), idle: cmp.Or(l.Idle, d.idle),
		headerBytes: cmp.Or(l.HeaderBytes, d.headerBytes), connections: cmp.Or(l.Connections, d.connections),
		progress: cmp.Or(l.Progress, d.progress),
	})
}

// Gatherers is how many responses gather at the moment.
func Gatherers() int64 { return gatherers.Load() }
