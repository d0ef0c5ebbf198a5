package build

import (
	"context"
	"math/rand/v2"
	"time"

	"lxdocker/internal/schedule"
)

// Timetable says when the next run is due, after one that began and ended.
type Timetable func(began, ended time.Time) time.Time

// Every has runs follow each other after a time, a tenth more or less: not everybody asks
// the registries at the same moment.
func Every(pause time.Duration) Timetable {
	return func(_, ended time.Time) time.Time { return ended.Add(pause - pause/10 + rand.N(pause/5+1)) }
}

// At has runs begin at the times of a schedule. If some pass while a run is at work, one run
// follows it at once.
func At(s schedule.Schedule) Timetable {
	return func(began, _ time.Time) time.Time { return s.Next(began) }
}

const (
	// again is when somebody who found that another process works on the specs looks
	// again: that one may have read them before they were changed.
	again = time.Minute

	// glance is how often the clock is looked at. Timers do not notice that a machine was
	// asleep, or that its clock was set, as at the start of one that has no battery.
	glance = time.Minute

	// setBack is how far a clock that goes back was set by somebody, and not by those who
	// keep it exact.
	setBack = time.Hour
)

// repeat calls run until ctx ends: at once, when it is due, and when now says so. run says
// whether somebody else was at work, so that it did nothing; planned hears what comes next.
func repeat(ctx context.Context, due Timetable, now <-chan struct{}, clock func() time.Time, run func() (busy bool), planned func(time.Time)) {
	// A time that a clock measured knows how long ago that is, whatever the clock was set
	// to since: here it is about what the clock shows.
	shown := func() time.Time { return clock().Round(0) }
	for ctx.Err() == nil {
		began := shown()
		busy := run()
		ended := shown()
		next := due(began, ended)
		if soon := ended.Add(again); busy && next.After(soon) {
			next = soon
		}
		planned(next)
		for waiting, last := true, ended; waiting && ctx.Err() == nil; {
			at := shown()
			if last.Sub(at) > setBack {
				next = due(at, at)
				planned(next)
			}
			last = at
			waiting = pause(ctx, min(next.Sub(at), glance), now)
		}
	}
}

// pause waits for a time. It is false if that is no time at all, or now says that there is
// something to do.
func pause(ctx context.Context, wait time.Duration, now <-chan struct{}) bool {
	if wait <= 0 {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-now:
		return false
	}
	return true
}
