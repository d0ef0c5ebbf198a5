package instance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
)

// Updater gives instances newer images.
type Updater struct {
	Daemon  *daemon.Client
	Images  Images
	Servers []daemon.Address // of images, which the user's clients know
	Gate    Gate
	Carry   []string // paths in the root file system that the new instance gets
	Copier  Copier
	Self    string                    // names this process
	Alive   func(process string) bool // says whether another one lives
	Say     func(text string)         // is told what is done
	Now     func() time.Time

	// Of those who update unattended; all may be nil.
	Hold   func(ctx context.Context, old daemon.Instance, to string) (why string, err error) // why a newer image is not taken; "": it is
	Ready  func(ctx context.Context) error                                                   // is called when the new one is made, before the old one stops
	Rested bool                                                                              // it runs afterwards, even if it does not now
}

// Outcome is how the update of one instance ended.
type Outcome string

// The outcomes.
const (
	Updated   Outcome = "updated"
	Unchanged Outcome = "unchanged" // there is no newer image
	Refused   Outcome = "refused"   // the newer image did not work the last time
	WentBack  Outcome = "went back" // the newer image does not work: the old instance runs again
	Failed    Outcome = "failed"    // nothing has changed
	Held      Outcome = "held back" // Hold has said why
	Would     Outcome = "would be updated"
)

// Result is how an update ended, and why.
type Result struct {
	Name     string
	Outcome  Outcome
	From, To string // fingerprints
	Why      string
	Downtime time.Duration
	Preview  Preview // of an update that would be
}

// Update gives an instance the newest image of where its image comes from. reference is
// that, or "" for what the instance says itself. With dry, nothing of the instance changes.
func (u *Updater) Update(ctx context.Context, name, reference string, dry bool) (Result, error) {
	r := Result{Name: name, Outcome: Failed}
	if !dry {
		if err := u.Mend(ctx, name); err != nil {
			return r, err
		}
	}
	old, err := u.Daemon.Instance(ctx, name)
	if err != nil {
		return r, fmt.Errorf("updating %s: %w", name, err)
	}
	if err := updatable(old); err != nil {
		return r, err
	}
	if r.To, reference, err = u.newest(ctx, old, reference); err != nil {
		return r, fmt.Errorf("updating %s: %w", name, err)
	}
	// Fetching an image takes time.
	if old, err = u.Daemon.Instance(ctx, name); err != nil {
		return r, fmt.Errorf("updating %s: %w", name, err)
	}
	if err := updatable(old); err != nil {
		return r, err
	}
	if by := resting(old); by != "" && !old.Running() && by != u.Self && u.Alive(by) {
		// Without what it needs, a good image would not pass the gate.
		return r, failure.Errorf(failure.Unavailable, "updating %s: another lxdocker (%s) has stopped it while it updates what %s needs: wait until it runs, or start it first", name, by, name)
	}
	r.From = old.Config["volatile.base_image"]
	switch {
	case r.To == r.From:
		if !dry && reference != "" && reference != old.Config[KeyReference] {
			if err := u.remember(ctx, name, reference); err != nil {
				return r, fmt.Errorf("updating %s: %w", name, err)
			}
		}
		r.Outcome = Unchanged
		return r, nil
	case r.To == old.Config[keyRefused]:
		r.Outcome, r.Why = Refused, "this image did not work the last time: there has to be another"
		return r, nil
	}
	if u.Hold != nil {
		if r.Why, err = u.Hold(ctx, old, r.To); err != nil {
			return r, fmt.Errorf("updating %s: %w", name, err)
		}
		if r.Why != "" {
			r.Outcome = Held
			return r, nil
		}
	}
	if err := u.room(ctx, name); err != nil {
		return r, fmt.Errorf("updating %s: %w", name, err)
	}
	if dry {
		if r.Preview, err = u.preview(ctx, old); err != nil {
			return r, fmt.Errorf("updating %s: %w", name, err)
		}
		r.Outcome = Would
		return r, nil
	}
	return u.replace(ctx, old, r, reference)
}

// longestName is how long names of instances are at most: they are hostnames.
const longestName = 63

// updatable is an error for instances that no update is for.
func updatable(i daemon.Instance) error {
	switch {
	case !Ours(i):
		return failure.Errorf(failure.Unsupported, "updating %s: its image is none of lxdocker, as far as it says: if it is one, set %s to where it comes from, such as hub:nginx", i.Name, KeyReference)
	case i.Ephemeral, i.Config[keyRemove] == "true":
		return failure.Errorf(failure.Unsupported, "updating %s: it goes away when it stops: make it anew", i.Name)
	case len(failedName(i.Name)) > longestName:
		return failure.Errorf(failure.Unsupported, "updating %s: the name %s, which its update may need, would be longer than %d characters: rename it", i.Name, failedName(i.Name), longestName)
	case i.Status != "Running" && i.Status != "Stopped":
		return failure.Errorf(failure.Unavailable, "updating %s: it is %s: start or stop it first", i.Name, strings.ToLower(i.Status))
	case markAt(i).By != "":
		return failure.Errorf(failure.Unavailable, "updating %s: an update of it is under way, or broken off: wait for it, or say `lxdocker update --finish %s`", i.Name, i.Name)
	}
	return itself(i)
}

// room is an error if the names that an update needs are those of other instances, or of some
// that it must not delete.
func (u *Updater) room(ctx context.Context, name string) error {
	for _, other := range []string{newName(name), oldName(name), failedName(name)} {
		i, err := u.Daemon.Instance(ctx, other)
		if daemon.NotFound(err) {
			continue
		}
		if err != nil {
			return err
		}
		if m, ok := beside(i); !ok || m.Of != name {
			return fmt.Errorf("its update needs the name %s, which another instance has: rename that", other)
		}
		if other == newName(name) {
			continue // another update, as making it will say
		}
		if err := u.dispensable(ctx, &i); err != nil {
			return err
		}
	}
	return nil
}

// replace is the update itself. Whatever fails, the old instance has its place again.
func (u *Updater) replace(ctx context.Context, old daemon.Instance, r Result, reference string) (Result, error) {
	m := mark{Role: roleNew, Of: old.Name, Step: stepMade, By: u.Self, From: r.From, To: r.To, Running: old.Running() || u.Rested || resting(old) != "", At: u.Now()}
	c, err := u.prepare(ctx, old, m, reference)
	if err == nil && u.Ready != nil {
		err = u.Ready(ctx)
	}
	if err == nil {
		var began time.Time
		began, err = u.swap(ctx, old, m, c)
		if err == nil && m.Running {
			r.Downtime = u.Now().Sub(began)
			u.Say("waiting whether it works")
			r.Why, err = u.Gate.wait(ctx, u.Daemon, old.Name)
		}
		if err == nil {
			err = u.keep(ctx, old.Name)
		}
	}
	if err == nil {
		// The old one stays where it is from now on.
		if err := u.Mend(context.WithoutCancel(ctx), old.Name); err != nil {
			u.Say("the next update has to finish this: " + err.Error())
		}
		r.Outcome = Updated
		return r, nil
	}
	// Nobody may wait any more, but what was begun is undone all the same.
	undo, stop := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Minute)
	defer stop()
	u.Say("going back: " + err.Error())
	refuse := refused(err)
	wrong := u.patiently(undo, func() error { return u.giveUp(undo, old.Name, refuse, err.Error()) })
	if wrong != nil {
		return r, errors.Join(err, fmt.Errorf("going back to the old %s: %w: `lxdocker update --finish %s` tries again", old.Name, wrong, old.Name))
	}
	if refuse {
		r.Outcome, r.Why = WentBack, u.explain(undo, old.Name, err.Error())
		return r, nil
	}
	return r, fmt.Errorf("updating %s: %w", old.Name, err)
}

// absence is how long a daemon may be away that is restarted, for example by an upgrade.
const absence = 5 * time.Minute

// patiently does what can be done again, until the daemon is there.
func (u *Updater) patiently(ctx context.Context, does func() error) error {
	for n, deadline := 0, time.Now().Add(absence); ; n++ {
		err := does()
		if !daemon.Away(err) || ctx.Err() != nil || time.Now().After(deadline) {
			return err
		}
		if n == 0 {
			u.Say("waiting for the daemon: " + err.Error())
		}
		pause(ctx, time.Second)
	}
}

// prepare makes the new instance beside the old one, which runs meanwhile, and says what
// travels to it.
func (u *Updater) prepare(ctx context.Context, old daemon.Instance, m mark, reference string) (cargo, error) {
	u.Say("making it from the new image")
	n, err := successor(old, &m)
	if err != nil {
		return cargo{}, err
	}
	if reference != "" {
		n.Config[KeyReference] = reference
	}
	if err := u.near(old).Create(ctx, n); err != nil {
		if daemon.Exists(err) {
			return cargo{}, fmt.Errorf("somebody else updates it: %w", err)
		}
		return cargo{}, fmt.Errorf("making %s: %w", n.Name, err)
	}
	if err := writeStopSignal(ctx, u.Daemon, n.Name, n.Config); err != nil {
		return cargo{}, err
	}
	return u.volumes(ctx, old, n.Name)
}

// near is the daemon, making things where an instance is: the volumes that it uses may be
// on that member of a cluster alone.
func (u *Updater) near(i daemon.Instance) *daemon.Client {
	if u.Daemon.Server.Clustered {
		return u.Daemon.On(i.Location)
	}
	return u.Daemon
}

// claimFree makes this process the owner of an instance, if it is as it was seen. The name of
// the new one is free again as soon as that has the other name, so it alone does not tell
// that there is a second update.
func (u *Updater) claimFree(ctx context.Context, seen daemon.Instance, change func(*mark)) error {
	return u.edit(ctx, seen.Name, func(i *daemon.Instance) error {
		m, was := markAt(*i), markAt(seen)
		for _, key := range []string{"volatile.uuid", "volatile.base_image", keyRefused} {
			if i.Config[key] != seen.Config[key] {
				return u.taken(seen.Name, m.By)
			}
		}
		if m.By != "" || m.Role != was.Role || m.Step != was.Step {
			return u.taken(seen.Name, m.By)
		}
		if !unchanged(*i, seen) {
			return failure.Errorf(failure.Unavailable, "somebody has just changed, started or stopped it: try again")
		}
		change(&m)
		return m.on(i)
	})
}

// swap puts the new instance in the place of the old one, and starts it if that ran.
func (u *Updater) swap(ctx context.Context, old daemon.Instance, m mark, c cargo) (began time.Time, err error) {
	name := old.Name
	was := m
	was.Role, was.Step, was.Made = roleOld, "", nil
	var parked mark
	err = inTurn(
		func() error { return u.claimFree(ctx, old, func(m *mark) { *m = was }) },
		// Both are of updates before. They go now, because later they would be in the way.
		func() error { return u.remove(ctx, oldName(name), false) },
		func() error { return u.remove(ctx, failedName(name), false) },
		func() error {
			began = u.Now()
			if !m.Running {
				return nil
			}
			u.Say("stopping the old one")
			if err := u.mark(ctx, name, func(m *mark) { m.Step = stepStopping }); err != nil {
				return err
			}
			return Stop(ctx, u.Daemon, name, 0)
		},
		func() error { return u.move(ctx, name, c) },
		func() error {
			return u.parks(ctx, name, func(i *daemon.Instance) error {
				if err := u.mine(*i); err != nil {
					return err
				}
				parked = was // anew each time, as the instance may have changed
				parked.park(i)
				return parked.on(i)
			})
		},
		func() error { return u.rename(ctx, name, oldName(name)) },
		func() error { return u.unparked(ctx, newName(name), parked) },
		func() error { return u.rename(ctx, newName(name), name) },
	)
	if err != nil || !m.Running {
		return began, err
	}
	u.Say("starting the new one")
	return began, u.start(ctx, name)
}

// start starts the new instance. An unfitError says that its image is why it cannot.
func (u *Updater) start(ctx context.Context, name string) error {
	err := u.wakes(ctx, name)
	var said *daemon.Error
	if err == nil || ctx.Err() != nil || !errors.As(err, &said) || said.FailureKind() != failure.Internal && said.FailureKind() != failure.NotFound {
		return err // trouble of the daemon
	}
	return &unfitError{fmt.Sprintf("it cannot be started: %v", err)}
}

// unparked gives the new instance the addresses that the old one has left, also those
// that it got itself.
func (u *Updater) unparked(ctx context.Context, name string, old mark) error {
	return u.edit(ctx, name, func(i *daemon.Instance) error {
		if err := u.mine(*i); err != nil {
			return err
		}
		m, _ := markOf(*i)
		m.Config, m.Devices = old.Config, old.Devices
		m.unpark(i)
		m.Step = stepGate
		return m.on(i)
	})
}

// inTurn does one thing after the other, until one fails.
func inTurn(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// edit changes the settings of an instance. Daemons change some themselves meanwhile, and
// change nothing while they stop or start it.
func (u *Updater) edit(ctx context.Context, name string, change func(*daemon.Instance) error) error {
	for deadline := time.Now().Add(busy); ; pause(ctx, 200*time.Millisecond) {
		i, err := u.Daemon.Instance(ctx, name)
		if err != nil {
			return err
		}
		if err := change(&i); err != nil {
			return err
		}
		err = u.Daemon.Update(ctx, i)
		if err == nil || !daemon.Changed(err) && !daemon.Busy(err) || time.Now().After(deadline) {
			return err
		}
	}
}

// busy is how long a daemon may be busy with an instance.
const busy = 2 * time.Minute

// mine is an error if another process has taken the update over.
func (u *Updater) mine(i daemon.Instance) error {
	m, ok := markOf(i)
	if !ok {
		return fmt.Errorf("somebody has removed %s of %s: `lxdocker update --finish %s` looks what is left", keyUpdate, i.Name, i.Name)
	}
	if m.By != "" && m.By != u.Self {
		return u.taken(m.Of, m.By)
	}
	return nil
}

// mark changes the mark of an instance.
func (u *Updater) mark(ctx context.Context, name string, change func(*mark)) error {
	return u.edit(ctx, name, func(i *daemon.Instance) error {
		if err := u.mine(*i); err != nil {
			return err
		}
		m, _ := markOf(*i)
		change(&m)
		return m.on(i)
	})
}

// remove removes what an update has put beside an instance, if it is there: with force also if
// it runs. The volumes that were made for a new one are as empty as they were made.
func (u *Updater) remove(ctx context.Context, name string, force bool) error {
	i, err := u.Daemon.Instance(ctx, name)
	if daemon.NotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	m, ok := beside(i)
	if !ok {
		return fmt.Errorf("the instance %s is of no update: rename it", name)
	}
	if m.Role != roleNew {
		if err := u.dispensable(ctx, &i); err != nil {
			return err
		}
	}
	if m.Role == roleNew {
		if err := u.removeMade(ctx, i, m); err != nil {
			return err
		}
	}
	if _, err := Remove(ctx, u.Daemon, name, force, false); err != nil || m.Role == roleNew {
		return err
	}
	if err := u.forget(ctx, i.Config["volatile.base_image"]); err != nil {
		u.Say("removing an image that nothing needs any more: " + err.Error())
	}
	return nil
}
