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
	// when images were created that the daemon has, by their fingerprint
	created map[string]time.Time
	newest  map[string]bool // those that are the newest of an instance
	todo    []string
	bad     bool // an update has failed, or went back

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
		had: map[string]bool{}, created: map[string]time.Time{}, newest: map[string]bool{}, rests: map[string]bool{}}
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
		l.had[i.Fingerprint], l.created[i.Fingerprint] = true, i.CreatedAt
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
			entries = append(entries, l.known(i, r, err))
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
func (l *look) known(i daemon.Instance, r rules, wrong error) Entry {
	e := Entry{Name: i.Name, Policy: r.policy, Reference: instance.Reference(i), Fingerprint: i.Config["volatile.base_image"], Status: Unknown}
	if was := l.State.entry(i.Name); was != nil {
		e.Last, e.Told = was.Last, was.Told
		if was.Fingerprint == e.Fingerprint {
			e.Available, e.Created = was.Available, was.Created
		}
	}
	if at, ok := l.created[e.Fingerprint]; ok {
		e.Created = at
	}
	if wrong != nil {
		e.Status, e.Why = Wrong, wrong.Error()
	}
	return e
}

// mend takes up what was broken off, by whomever: a name that has no instance, or one that was
// stopped, helps nobody.
func (l *look) mend(work context.Context, all []daemon.Instance) (mended bool) {
	unmended := map[string]int{}
	for _, name := range instance.Unfinished(all) {
		mended = true
		l.Log.Info("looking what a broken off update has left", "instance", name)
		l.mends(work, name, longest, l.fleet.Mend, unmended)
	}
	for _, i := range all {
		by := instance.StandingOf(i).Resting
		if by == "" || l.fleet.Lives(by) {
			continue
		}
		mended = true
		l.Log.Info("starting an instance again that was stopped for an update", "instance", i.Name)
		l.mends(work, i.Name, toWake, l.fleet.Wake, unmended)
	}
	l.change(func(s *State) { s.Unmended = unmended })
	return mended
}

// mends mends one instance, and notes why it cannot. People are told each reason once.
func (l *look) mends(work context.Context, name string, within time.Duration, how func(context.Context, string) error, unmended map[string]int) {
	ctx, end := context.WithTimeout(work, within)
	defer end()
	err := how(ctx, name)
	if err == nil || work.Err() != nil {
		return
	}
	l.Log.Warn("cannot mend what an update has left", "instance", name, "error", err)
	reason := name + ": " + err.Error()
	looks := l.State.Unmended[reason] + 1
	unmended[reason] = looks
	// Another process may be at work, or the daemon away: that passes.
	patience := 1
	if failure.KindOf(err) == failure.Unavailable {
		patience = 2
	}
	if looks == patience {
		l.tell(Notice{Event: HasFailed, Instance: name, Why: err.Error()})
	}
}
