package agent

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
	"lxdocker/internal/instance"
)

// look is one look at all instances.
type look struct {
	*Agent
	fleet     Fleet
	instances map[string]daemon.Instance
	rules     map[string]rules
	order     order
	refused   map[string]string // fingerprints that did not work, and for which instance
	failed    map[string]error  // references that could not be looked up
	had       map[string]bool   // fingerprints of images that the daemon had before
	newest    map[string]bool   // those that are the newest of an instance
	todo      []string
	bad       bool // an update has failed, or went back

	resting sync.Mutex
	rests   map[string]bool
}

// Look looks once at all instances, and updates those whose time has come. With dry, it only
// says in the state what is to be done. bad says that an update has failed, or went back. Of
// ctx and work, see Run.
func (a *Agent) Look(ctx, work context.Context, dry bool) (bad bool, err error) {
	l, err := a.begin(ctx, work, dry)
	if err != nil {
		a.blind(err)
		return false, err
	}
	for _, e := range slices.Clone(a.State.Instances) {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		l.check(ctx, e.Name)
	}
	a.change(func(s *State) { s.Looked, s.Problem = time.Now(), "" })
	if !dry {
		l.update(ctx, work)
		l.tidy(work)
	}
	return l.bad, nil
}

// blind notes that the instances cannot be seen.
func (a *Agent) blind(err error) {
	if a.State.Problem == "" {
		a.tell(Notice{Event: Problem, Why: err.Error()})
	}
	a.change(func(s *State) { s.Problem = err.Error() })
}

// begin sees which instances there are, and takes up what was broken off.
func (a *Agent) begin(ctx, work context.Context, dry bool) (*look, error) {
	l := &look{Agent: a, instances: map[string]daemon.Instance{}, rules: map[string]rules{}, refused: map[string]string{}, failed: map[string]error{},
		had: map[string]bool{}, newest: map[string]bool{}, rests: map[string]bool{}}
	var err error
	if l.fleet, err = a.Connect(ctx); err != nil {
		return nil, err
	}
	all, err := l.fleet.Instances(ctx)
	if err == nil && !dry && l.mend(work, all) {
		all, err = l.fleet.Instances(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("looking which instances there are: %w", err)
	}
	images, err := l.fleet.Images(ctx)
	if err != nil {
		return nil, fmt.Errorf("looking which images there are: %w", err)
	}
	for _, i := range images {
		l.had[i.Fingerprint] = true
	}
	after := map[string][]string{}
	var entries []Entry
	for _, i := range all {
		s := instance.StandingOf(i)
		if s.Refused != "" {
			l.refused[s.Refused] = i.Name
		}
		if s.Kept {
			continue
		}
		l.instances[i.Name] = i
		r, err := a.of(i)
		l.rules[i.Name], after[i.Name] = r, r.after
		if instance.Ours(i) && !i.Ephemeral {
			entries = append(entries, a.known(i, r, err))
		}
	}
	l.order = newOrder(after)
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	a.change(func(s *State) {
		s.Daemon, s.Project = l.fleet.Names()
		s.Instances = entries
		if s.Totals == nil {
			s.Totals = map[instance.Outcome]int{}
		}
	})
	return l, nil
}

// known is the entry of an instance, with what was known of it before.
func (a *Agent) known(i daemon.Instance, r rules, wrong error) Entry {
	e := Entry{Name: i.Name, Policy: r.policy, Reference: instance.Reference(i), Fingerprint: i.Config["volatile.base_image"], Status: Unknown}
	if was := a.State.entry(i.Name); was != nil {
		e.Last, e.Told = was.Last, was.Told
	}
	if wrong != nil {
		e.Status, e.Why = Wrong, wrong.Error()
	}
	return e
}

// mend takes up what was broken off, by whomever: a name that has no instance, or one that was
// stopped, helps nobody.
func (l *look) mend(work context.Context, all []daemon.Instance) (mended bool) {
	for _, name := range instance.Unfinished(all) {
		mended = true
		l.Log.Info("looking what a broken off update has left", "instance", name)
		if err := l.fleet.Mend(work, name); err != nil {
			l.Log.Warn("cannot mend an update", "instance", name, "error", err)
		}
	}
	for _, i := range all {
		by := instance.StandingOf(i).Resting
		if by == "" || l.fleet.Lives(by) {
			continue
		}
		mended = true
		l.Log.Info("starting an instance again that was stopped for an update", "instance", i.Name)
		if err := l.fleet.Wake(work, i.Name); err != nil {
			l.Log.Warn("cannot start an instance again", "instance", i.Name, "error", err)
		}
	}
	return mended
}

// check finds out how it is with the image of an instance.
func (l *look) check(ctx context.Context, name string) {
	e := *l.State.entry(name)
	r := l.rules[name]
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
		l.set(e, Unknown, time.Time{}, l.failed[e.Reference].Error())
		return
	}
	var held *holding
	result, err := l.fleet.Update(ctx, name, How{Dry: true, Hold: l.hold(r, &held)})
	l.sees(result.To)
	e.Available = ""
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

// decide says what happens with a newer image that nothing is wrong with.
func (l *look) decide(e Entry, r rules) {
	now := time.Now()
	i := l.instances[e.Name]
	since, open := opened(r.windows, now)
	switch {
	case r.policy == Notify:
		l.set(e, Available, time.Time{}, "")
	case e.Name == l.Self:
		l.set(e, Available, time.Time{}, "the agent runs in it, and does not update itself")
	case !i.Running() && instance.StandingOf(i).Resting == "":
		l.set(e, HeldBack, time.Time{}, "it does not run, so that nothing would show whether the newer image works")
	case !open:
		l.set(e, Waiting, opens(r.windows, now), "for its window")
	case since.Before(l.State.Paused):
		until := l.State.Paused.Add(24 * time.Hour)
		if len(r.windows) > 0 {
			until = opens(r.windows, now)
		}
		l.set(e, Waiting, until, "an update has failed since its window has opened")
	default:
		l.todo = append(l.todo, e.Name)
		l.set(e, Waiting, time.Time{}, "for its turn")
	}
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
