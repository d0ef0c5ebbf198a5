package systemd

import (
	"context"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// Watch answers the watchdog of the service manager until ctx ends: twice in each interval
// of WATCHDOG_USEC, check is asked, and the manager hears that all is well when check has
// returned. If it does not return in time, the manager ends the program and starts it again.
// Without a watchdog, Watch returns at once.
func (m *Manager) Watch(ctx context.Context, check func(context.Context)) {
	limit, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		m.log.Warn("there is no watchdog, as its interval cannot be read", "error", err)
	}
	if limit > 0 {
		m.watch(ctx, limit, check)
	}
}

func (m *Manager) watch(ctx context.Context, limit time.Duration, check func(context.Context)) {
	tick := time.NewTicker(limit / 2)
	defer tick.Stop()
	for ctx.Err() == nil {
		began := time.Now()
		late := time.AfterFunc(limit/2, func() {
			m.log.Error("this server does not answer itself; if that goes on, the watchdog ends it and the log shows where it hangs", "waited", limit/2)
		})
		check(ctx)
		if !late.Stop() {
			m.log.Warn("this server answers again", "waited", time.Since(began).Round(time.Millisecond))
		}
		if ctx.Err() == nil {
			m.say(daemon.SdNotifyWatchdog)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}
