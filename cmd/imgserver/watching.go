package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"lxdocker/internal/build"
	"lxdocker/internal/durable"
	"lxdocker/internal/hub"
	"lxdocker/internal/layer"
	"lxdocker/internal/metrics"
	"lxdocker/internal/progress"
	"lxdocker/internal/server"
	"lxdocker/internal/server/monitor"
)

// watched is the listener for those who watch the server, with all that is counted. nil:
// nobody does.
type watched struct {
	*metrics.Metrics
	day      *monitor.Day
	listener net.Listener
	log      *slog.Logger
	doing    func(io.Writer) // writes what is converted; nil: nothing is
}

var (
	_ server.Observer = (*watched)(nil)
	_ build.Observer  = (*watched)(nil)
)

// RequestEnded implements server.Observer.
func (w *watched) RequestEnded(kind string, status int, bytes int64, took time.Duration) {
	w.Metrics.RequestEnded(kind, status, bytes, took)
	w.day.Answered(status, bytes)
}

// Ended implements build.Observer.
func (w *watched) Ended(onDemand bool, outcome progress.Outcome, made bool, err error, took time.Duration) {
	w.Metrics.Ended(onDemand, outcome, made, err, took)
	switch outcome {
	case progress.Built:
		w.day.Made()
	case progress.Failed:
		w.day.Failed()
	}
}

// watched opens the address of --admin-address, if there is one: before anything is made,
// so that who named it wrongly is told.
func (o *options) watched(ctx context.Context, taken sockets, log *slog.Logger) (*watched, error) {
	listener, err := o.adminListener(ctx, taken)
	if listener == nil || err != nil {
		return nil, err
	}
	return &watched{metrics.New(o.registries()), monitor.NewDay(time.Now), listener, log, nil}, nil
}

// registries are those that flags name.
func (o *options) registries() []string {
	named := o.Registries()
	if policy, err := o.Policy(); err == nil {
		named = append(named, policy.Hosts()...)
	}
	return named
}

// close closes the listener of a server that did not come to serve.
func (w *watched) close() {
	if w != nil {
		_ = w.listener.Close()
	}
}

// begin shows what every server has, and answers until end is called: downloads that end
// are watched, too. ending is closed when the server takes no new work any more.
func (w *watched) begin(s images, shown certificates, offer *server.Options, ending <-chan struct{}) (end func()) {
	if w == nil {
		return func() {}
	}
	offer.Observer = w
	w.Images(s.Versions)
	w.Certificate(shown.expires)
	if shown.names != nil {
		w.Names(shown.without)
	}
	w.disk("images", s.Space)
	doing := w.doing
	_, private := w.listener.Addr().(*net.UnixAddr)
	if !private {
		doing = nil // any user of this machine may ask
	}
	handler := monitor.New(monitor.Options{
		Metrics: w.Handler(w.log), Day: w.day, Ending: ending, Log: w.log, Doing: doing, Profiles: private,
		Ready: func(ctx context.Context) error { _, err := s.Versions(ctx); return err },
	})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := server.ServePrivate(ctx, w.listener, handler, w.log); err != nil {
			w.log.Error("no longer answering at the address of --admin-address", "error", err)
		}
	})
	w.log.Info("answering those who watch", "address", w.listener.Addr().String())
	return func() { cancel(); running.Wait() }
}

// disk shows a disk.
func (w *watched) disk(what string, space func() (durable.Space, error)) {
	w.Disk(what, func() (free, total int64, err error) {
		now, err := space()
		return now.Free, now.Total, err
	})
}

// conversions shows what converts, and its cache, until ctx ends.
func (w *watched) conversions(ctx context.Context, work *work) {
	if w == nil {
		return
	}
	b := work.builder
	b.Observer = w
	w.doing = func(to io.Writer) { describe(to, work.activity(), work.askers) }
	w.cache(ctx, &work.running, b.Layers, func() int64 { return b.Rules().Retention.Size })
}

// countEvery is how often the cache is measured, which takes a look at each file.
const countEvery = 10 * time.Minute

// cache shows the cache, until ctx ends.
func (w *watched) cache(ctx context.Context, running *sync.WaitGroup, layers *layer.Cache, limit func() int64) {
	w.disk("cache", layers.Space)
	var bytes atomic.Int64
	w.Cache(bytes.Load, limit)
	running.Go(func() {
		tick := time.NewTicker(countEvery)
		defer tick.Stop()
		for ctx.Err() == nil {
			bytes.Store(layers.Usage())
			select {
			case <-ctx.Done():
			case <-tick.C:
			}
		}
	})
}

// hub shows a hub.
func (w *watched) hub(h *hub.Hub) {
	w.OnDemand(func() (metrics.OnDemand, error) {
		disk, err := h.Disk()
		work := h.Work()
		return metrics.OnDemand{
			Bytes: disk.Bytes, Limit: disk.Limit, Versions: disk.Versions, Removed: disk.Removed,
			Waiting: work.Waiting, Running: work.Running, OldestCheck: work.OldestCheck,
		}, err
	})
}
