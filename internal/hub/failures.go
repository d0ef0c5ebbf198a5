package hub

import (
	"time"

	"lxdocker/internal/failure"
)

// How long a failure is believed. Clients ask two or three times in a row, and
// show only the last answer (Incus: cmd/incusd/daemon_images.go; LXD: lxc/init.go),
// so it must not change in between.
const (
	lastingTTL   = time.Minute      // what lies in the name or the image
	temporaryTTL = 10 * time.Second // what may work later
	maxFailures  = 1000             // so many are remembered
)

// recentFailures are those that are still believed.
type recentFailures map[request]failed

type failed struct {
	err   error
	until time.Time
}

func (f recentFailures) note(r request, err error, now time.Time) {
	if len(f) >= maxFailures {
		f.clean(now)
	}
	if len(f) >= maxFailures {
		return // strangers cannot make it grow
	}
	ttl := lastingTTL
	if failure.Temporary(err) {
		ttl = min(max(temporaryTTL, failure.RetryAfter(err)), lastingTTL)
	}
	f[r] = failed{err, now.Add(ttl)}
}

// recent returns the failure of a request that is still believed; nil if there is
// none.
func (f recentFailures) recent(r request, now time.Time) error {
	one, ok := f[r]
	if !ok {
		return nil
	}
	if !now.Before(one.until) {
		delete(f, r)
		return nil
	}
	return one.err
}

func (f recentFailures) clean(now time.Time) {
	for r, one := range f {
		if !now.Before(one.until) {
			delete(f, r)
		}
	}
}
