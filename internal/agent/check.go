package agent

import (
	"context"
	"fmt"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
	"lxdocker/internal/instance"
)

// check finds out how it is with the image of an instance.
func (l *look) check(ctx context.Context, name string) {
	e := *l.State.entry(name)
	r, last := l.rules[name], e.Available
	e.Available = ""
	switch {
	case e.Status == Wrong:
		l.set(e, Wrong, time.Time{}, e.Why)
		return
	case r.policy == Off:
		l.set(e, Disabled, time.Time{}, "")
		return
	case l.order.circular(name):
		l.set(e, Wrong, time.Time{}, fmt.Sprintf("by %s it needs itself, or one that does", keyAfter))
		return
	case l.failed[e.Reference] != nil:
		e.Available = last
		l.set(e, Unknown, time.Time{}, l.failed[e.Reference].Error())
		return
	}
	var held *holding
	asking, end := context.WithTimeout(ctx, longest)
	defer end()
	result, err := l.fleet.Update(asking, name, How{Dry: true, Hold: l.hold(true, &held)})
	l.sees(result.To)
	if result.To != result.From {
		e.Available = result.To
	}
	switch {
	case ctx.Err() != nil:
	case err != nil && stays(err):
		l.set(e, Wrong, time.Time{}, err.Error())
	case err != nil:
		// Of instances of one image, the next ones would ask the same again.
		if result.To == "" {
			e.Available = last
			l.failed[e.Reference] = err
		}
		l.set(e, Unknown, time.Time{}, err.Error())
	case result.Outcome == instance.Unchanged:
		e.Told = ""
		l.set(e, Current, time.Time{}, "")
	case result.Outcome == instance.Refused:
		l.set(e, Refused, time.Time{}, result.Why)
	case held != nil:
		l.set(e, held.status, held.until, held.why)
	default:
		l.decide(e, r)
	}
}

// stays says whether what is wrong stays so until a person changes something, and is of one
// instance or image alone.
func stays(err error) bool {
	kind := failure.KindOf(err)
	return kind == failure.Unsupported || kind == failure.Untrusted
}

// turn says why it is not the turn of an instance to get a newer image by itself; nil if it is.
func (l *look) turn(i daemon.Instance, r rules) *holding {
	now := time.Now()
	_, open := opened(r.windows, now)
	switch {
	case r.policy == Off:
		return &holding{Disabled, time.Time{}, "its policy is off"}
	case r.policy == Notify:
		return &holding{Available, time.Time{}, ""}
	case i.Name == l.Self:
		return &holding{Available, time.Time{}, "the agent runs in it, and does not update itself"}
	case !i.Running() && instance.StandingOf(i).Resting == "":
		return &holding{HeldBack, time.Time{}, "it does not run, so that nothing would show whether the newer image works"}
	case !open:
		return &holding{Waiting, opens(r.windows, now), "for its window"}
	}
	return nil
}

// decide says what happens with a newer image that nothing is wrong with.
func (l *look) decide(e Entry, r rules) {
	now := time.Now()
	since, _ := opened(r.windows, now)
	if not := l.turn(l.instances[e.Name], r); not != nil {
		l.set(e, not.status, not.until, not.why)
		return
	}
	if since.Before(l.State.Paused) {
		until := l.State.Paused.Add(24 * time.Hour)
		if len(r.windows) > 0 {
			until = opens(r.windows, now)
		}
		l.set(e, Waiting, until, "an update has failed since its window has opened")
		return
	}
	l.todo = append(l.todo, e.Name)
	l.set(e, Waiting, time.Time{}, "for its turn")
}

// set changes an entry, and tells people what they have not been told.
func (l *look) set(e Entry, status Status, until time.Time, why string) {
	e.Status, e.Until, e.Why = status, until, why
	event := map[Status]Event{Available: IsAvailable, HeldBack: IsAvailable, Wrong: IsWrong}[status]
	if told := string(event) + " " + e.Available + " " + why; event != "" && told != e.Told {
		e.Told = told
		l.tell(Notice{Event: event, Instance: e.Name, Reference: e.Reference, From: e.Fingerprint, To: e.Available, Why: why})
	}
	l.change(func(s *State) { *s.entry(e.Name) = e })
}
