package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"lxdocker/internal/hub"
	"lxdocker/internal/server"
	"lxdocker/internal/store"
	"lxdocker/internal/systemd"
)

// supervised tells the service manager how a server is.
type supervised struct {
	manager *systemd.Manager
	handler http.Handler // of clients
	address net.Addr
	images  store.Store
	hub     *hub.Hub    // nil: there is none
	builds  *builds     // nil: there are no specs
	wrong   func() bool // whether the settings could not be read again

	counted *store.Snapshot // of which there are
	count   int             // images
}

// statusEvery is how often the line of `systemctl status` is brought up to date.
const statusEvery = 5 * time.Second

// begin tells the manager until ctx ends; then, and when end is called, that the server
// ends.
func (s *supervised) begin(ctx context.Context) (end func()) {
	if !s.manager.Listens() {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		s.answers(ctx)
		s.manager.Status(s.status(ctx))
		if ctx.Err() == nil {
			s.manager.Ready()
		}
		go s.tell(ctx)
		s.manager.Watch(ctx, s.answers)
	}()
	// Only this is waited for: a server that hangs has to end, too.
	var stopping sync.WaitGroup
	stopping.Go(func() {
		<-ctx.Done()
		s.manager.Stopping("ending: running downloads may finish")
	})
	return func() { cancel(); stopping.Wait() }
}

// answers returns when the server has answered itself: it has got the locks that requests
// need, so that one that somebody never releases is noticed. It asks the handler and not the
// address, because there it might wait for a place among the connections of clients, and
// whoever holds all of these would get the server restarted. For the same reason nothing is
// converted: an image may take hours.
func (s *supervised) answers(ctx context.Context) {
	server.Ask(ctx, s.handler)
	if s.hub != nil {
		s.hub.Work() // needs the locks of the hub, and of those who wait for their turn
	}
}

func (s *supervised) tell(ctx context.Context) {
	tick := time.NewTicker(statusEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if text := s.status(ctx); ctx.Err() == nil {
			s.manager.Status(text)
		}
	}
}

// status is what a person likes to know of the server, in a line.
func (s *supervised) status(ctx context.Context) string {
	parts := []string{s.offers(ctx)}
	if s.hub != nil {
		if w := s.hub.Work(); w.Running+w.Waiting > 0 {
			parts = append(parts, fmt.Sprintf("on demand: %d being converted, %d waiting", w.Running, w.Waiting))
		}
	}
	if s.builds != nil {
		parts = append(parts, s.builds.status(time.Now()))
	}
	if s.wrong != nil && s.wrong() {
		parts = append(parts, "the settings are wrong, and those of before count: the log says more")
	}
	return strings.Join(parts, "; ")
}

func (s *supervised) offers(ctx context.Context) string {
	now, err := s.images.Versions(ctx)
	if err != nil {
		return fmt.Sprintf("on %s, but the images cannot be read: %v", s.address, err)
	}
	if now != s.counted {
		s.counted, s.count = now, 0
		for _, p := range now.Products() {
			if _, offered := now.Current(p); offered {
				s.count++
			}
		}
	}
	return fmt.Sprintf("serving on %s (images: %d)", s.address, s.count)
}
