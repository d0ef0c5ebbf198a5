package agent

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/instance"
)

// toWake is how long starting what rests may take when nothing else may any more.
const toWake = 10 * time.Minute

// longest is how long one instance may take: what runs in it may never come to an end, and
// the others would never have their turn. An update that takes longer is undone.
const longest = 6 * time.Hour

// update updates the instances whose turn has come, wave after wave.
func (l *look) update(ctx, work context.Context) {
	l.lastGoLast()
	for len(l.todo) > 0 && ctx.Err() == nil && len(l.Reload) == 0 {
		wave := l.order.wave(l.open(), l.AtOnce)
		if len(wave) == 0 {
			break
		}
		stop := l.wave(work, wave)
		l.todo = slices.DeleteFunc(l.todo, func(name string) bool { return slices.Contains(wave, name) })
		if stop {
			break
		}
		l.wake(work, l.todo)
	}
	l.wake(work, nil)
}

// lastGoLast lets those whose last update has failed wait for all others, which would never
// have their turn otherwise.
func (l *look) lastGoLast() {
	failing := func(name string) bool {
		last := l.State.entry(name).Last
		return last != nil && last.Outcome == instance.Failed
	}
	others := slices.DeleteFunc(slices.Clone(l.todo), failing)
	if len(others) > 0 {
		l.todo = others
	}
}

// open are those whose window is still open.
func (l *look) open() []string {
	return slices.DeleteFunc(slices.Clone(l.todo), func(name string) bool {
		_, open := opened(l.rules[name].windows, time.Now())
		return !open
	})
}

// wave updates some instances at once, and says whether the rest has to wait.
func (l *look) wave(work context.Context, names []string) (stop bool) {
	l.Log.Info("updating", "instances", names)
	var updating sync.WaitGroup
	stops := make([]bool, len(names))
	for n, name := range names {
		updating.Go(func() { stops[n] = l.one(work, name) })
	}
	updating.Wait()
	return slices.Contains(stops, true)
}

// one updates one instance.
func (l *look) one(work context.Context, name string) (stop bool) {
	var e Entry
	l.change(func(s *State) {
		e = *s.entry(name)
		s.entry(name).Status = Updating
	})
	l.resting.Lock()
	rests := l.rests[name]
	l.resting.Unlock()
	var held *holding
	begun := false // something stops, or has stopped
	ctx, end := context.WithTimeout(work, longest)
	defer end()
	r, err := l.fleet.Update(ctx, name, How{
		Hold: l.hold(false, &held), Wake: rests,
		Ready: func(ctx context.Context) error {
			begun = true
			return l.rest(ctx, name)
		},
	})
	l.sees(r.To)
	last := &Last{At: time.Now(), Outcome: r.Outcome, From: r.From, To: r.To, Why: r.Why, Downtime: r.Downtime.Seconds()}
	n := Notice{Instance: name, Reference: e.Reference, From: r.From, To: r.To, Why: r.Why, Downtime: last.Downtime}
	status, until, why := Current, time.Time{}, ""
	switch {
	case err != nil && (r.To == "" || work.Err() != nil):
		status, why, last = Unknown, err.Error(), nil
	case err != nil:
		n.Event, n.Why, last.Why, last.Outcome = HasFailed, err.Error(), err.Error(), instance.Failed
		status, why = Unknown, err.Error()
		if stays(err) && !begun {
			n.Event, status = IsWrong, Wrong
		} else {
			stop = true
		}
	case r.Outcome == instance.Updated:
		n.Event = WasUpdated
		e.Fingerprint, e.Created, e.Available, e.Told = r.To, time.Time{}, "", ""
	case r.Outcome == instance.WentBack:
		n.Event, status, why, stop = WentBack, Refused, r.Why, true
	case held != nil:
		status, until, why, last = held.status, held.until, held.why, nil
	case r.Outcome == instance.Refused:
		status, why, last = Refused, r.Why, nil
	default:
		last = nil
	}
	l.change(func(s *State) {
		if last != nil {
			e.Last = last
			s.Totals[last.Outcome]++
		}
		if stop {
			l.bad = true
			if r.Outcome == instance.WentBack {
				l.refused[r.To] = name
			}
			// What costs nobody anything is tried again at the next look.
			if begun || failure.KindOf(err) != failure.Unavailable {
				s.Paused = time.Now()
			}
		}
		e.Status, e.Until, e.Why = status, until, why
		*s.entry(name) = e
	})
	if n.Event != "" {
		l.tell(n)
	}
	return stop
}

// rest stops those that need an instance which is about to be stopped.
func (l *look) rest(ctx context.Context, name string) error {
	l.resting.Lock()
	defer l.resting.Unlock()
	for _, dependent := range l.order.dependents(name) {
		if l.rests[dependent] || dependent == l.Self || !l.instances[dependent].Running() {
			continue
		}
		l.rests[dependent] = true // also if its stop fails half-way
		l.Log.Info("stopping an instance that needs the one that is updated", "instance", dependent, "needs", name)
		if err := l.fleet.Rest(ctx, dependent); err != nil {
			return err
		}
	}
	return nil
}

// wake starts what rests, unless it needs an instance that is still to be updated, or is one.
func (l *look) wake(work context.Context, todo []string) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(work), toWake)
	defer stop()
	for _, name := range slices.SortedFunc(maps.Keys(l.rests), l.order.compare) {
		waits := func(other string) bool { return other == name || l.order.reaches(name, other) }
		if slices.ContainsFunc(todo, waits) {
			continue
		}
		delete(l.rests, name)
		if err := l.fleet.Wake(ctx, name); err != nil { // the next look tries again
			l.tell(Notice{Event: HasFailed, Instance: name, Why: err.Error()})
			l.bad = true
		}
	}
}
