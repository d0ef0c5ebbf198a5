package instance

import (
	"context"
	"fmt"
	"slices"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
)

// found are the instances of an update; nil for those that are not there.
type found struct {
	name           string
	current, new   *daemon.Instance
	old, failed    *daemon.Instance
	mCurrent, mNew mark
	mOld, mFailed  mark
}

func (u *Updater) look(ctx context.Context, name string) (f found, err error) {
	f.name = name
	if err := u.idle(ctx, name); err != nil {
		return f, err
	}
	for _, place := range []struct {
		name     string
		instance **daemon.Instance
		mark     *mark
	}{{name, &f.current, &f.mCurrent}, {newName(name), &f.new, &f.mNew}, {oldName(name), &f.old, &f.mOld}, {failedName(name), &f.failed, &f.mFailed}} {
		i, err := u.Daemon.Instance(ctx, place.name)
		if daemon.NotFound(err) {
			continue
		}
		if err != nil {
			return f, err
		}
		m, marked := markOf(i)
		if place.name != name && (!marked || m.Of != name) {
			continue // somebody else's
		}
		*place.instance, *place.mark = &i, m
	}
	return f, nil
}

// idle waits until the daemon has done what a process has begun that may be dead by now.
func (u *Updater) idle(ctx context.Context, name string) error {
	for {
		working, err := u.Daemon.Working(ctx, name, newName(name), oldName(name), failedName(name))
		if err != nil || !working {
			return err
		}
		if pause(ctx, 200*time.Millisecond); ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// Mend takes up or undoes what an update has left that was broken off: afterwards one
// instance has the name, and runs if it did.
func (u *Updater) Mend(ctx context.Context, name string) error {
	f, err := u.look(ctx, name)
	if err != nil {
		return err
	}
	for _, m := range []mark{f.mNew, f.mCurrent} {
		if m.By != "" && m.By != u.Self && u.Alive(m.By) {
			return failure.Errorf(failure.Unavailable, "%s is being updated by another lxdocker (%s): wait for it, or say --finish if it is gone", name, m.By)
		}
	}
	for range 20 { // there are no more steps than that
		step := u.next(f)
		if step == nil {
			return nil
		}
		if err := step(ctx); err != nil {
			return fmt.Errorf("mending the update of %s: %w", name, err)
		}
		if f, err = u.look(ctx, name); err != nil {
			return err
		}
	}
	return fmt.Errorf("mending the update of %s: it does not come to an end", name)
}

// next is the next step on the way to an end; nil if there is nothing left to do.
func (u *Updater) next(f found) func(context.Context) error {
	name := f.name
	switch {
	case f.current == nil && f.old != nil: // between two names
		return func(ctx context.Context) error { return u.Daemon.Rename(ctx, oldName(name), name) }
	case f.current == nil && f.new != nil && f.mNew.Step == stepGate:
		// It is complete, but for its name, and nothing else is left.
		return func(ctx context.Context) error { return u.Daemon.Rename(ctx, newName(name), name) }
	case f.current == nil:
		return nil
	case f.mCurrent.Role == roleOld:
		return func(ctx context.Context) error { return u.restore(ctx, f) }
	case f.new != nil:
		return func(ctx context.Context) error { return u.remove(ctx, newName(name)) }
	case f.mCurrent.Role == roleFailed:
		return func(ctx context.Context) error { return u.setAside(ctx, f) }
	case f.mCurrent.Role == roleNew && f.mCurrent.Step == stepFailed:
		return func(ctx context.Context) error { return u.park(ctx, name) }
	case f.mCurrent.Role == roleNew && f.mCurrent.Step == stepGate:
		return func(ctx context.Context) error { return u.again(ctx, f) }
	}
	return nil
}

// restore gives the old instance back what was taken from it, and starts it if it ran.
func (u *Updater) restore(ctx context.Context, f found) error {
	if f.mCurrent.Running && !f.current.Running() || f.mCurrent.Parked {
		// The mark goes last: a crash before that comes here again.
		err := u.edit(ctx, f.name, func(i *daemon.Instance) error {
			m, _ := markOf(*i)
			m.unpark(i)
			return m.on(i)
		})
		if err != nil {
			return err
		}
		i, err := u.Daemon.Instance(ctx, f.name)
		if err != nil {
			return err
		}
		if f.mCurrent.Running && !i.Running() {
			if err := u.Daemon.Start(ctx, f.name); err != nil {
				return fmt.Errorf("starting the old %s: %w", f.name, err)
			}
		}
	}
	return u.edit(ctx, f.name, func(i *daemon.Instance) error {
		delete(i.Config, keyUpdate)
		if f.failed != nil && f.mFailed.Refuse && f.mFailed.From == i.Config["volatile.base_image"] {
			i.Config[keyRefused] = f.mFailed.To
		}
		return nil
	})
}

// park stops an instance that did not pass the gate, and takes its addresses away.
func (u *Updater) park(ctx context.Context, name string) error {
	i, err := u.Daemon.Instance(ctx, name)
	if err != nil {
		return err
	}
	if i.Running() {
		if err := Stop(ctx, u.Daemon, name, killAfter); err != nil {
			return err
		}
	}
	return u.edit(ctx, name, func(i *daemon.Instance) error {
		m, _ := markOf(*i)
		m.park(i)
		m.Role = roleFailed
		return m.on(i)
	})
}

// setAside gives the name free for the old instance. One that failed before goes.
func (u *Updater) setAside(ctx context.Context, f found) error {
	if f.failed != nil {
		if err := u.remove(ctx, failedName(f.name)); err != nil {
			return err
		}
	}
	return u.Daemon.Rename(ctx, f.name, failedName(f.name))
}

// again lets a new instance show that it works, after who waited for that is gone.
func (u *Updater) again(ctx context.Context, f found) error {
	if f.old == nil { // there is nothing to go back to
		return u.mark(ctx, f.name, func(m *mark) { m.Step, m.By = stepKept, "" })
	}
	if f.mCurrent.Running {
		if !f.current.Running() {
			if err := u.Daemon.Start(ctx, f.name); err != nil {
				return u.mark(ctx, f.name, func(m *mark) { m.Step, m.Refuse, m.Reason = stepFailed, true, err.Error() })
			}
		}
		if _, err := u.Gate.wait(ctx, u.Daemon, f.name); err != nil {
			if ctx.Err() != nil {
				return err
			}
			return u.mark(ctx, f.name, func(m *mark) { m.Step, m.Refuse, m.Reason = stepFailed, true, err.Error() })
		}
	}
	return u.mark(ctx, f.name, func(m *mark) { m.Step, m.By = stepKept, "" })
}

// giveUp undoes an update, wherever it is. refuse says that the new image is not to be
// tried again.
func (u *Updater) giveUp(ctx context.Context, name string, refuse bool, why string) error {
	f, err := u.look(ctx, name)
	if err != nil {
		return err
	}
	if f.current != nil && f.mCurrent.Role == roleNew && f.mCurrent.Step != stepKept {
		err := u.mark(ctx, name, func(m *mark) { m.Step, m.Refuse, m.Reason = stepFailed, refuse, why })
		if err != nil {
			return err
		}
	}
	return u.Mend(ctx, name)
}

// Revert goes back to the very instance that an update has kept.
func (u *Updater) Revert(ctx context.Context, name string) (Result, error) {
	r := Result{Name: name, Outcome: Failed}
	if err := u.Mend(ctx, name); err != nil {
		return r, err
	}
	f, err := u.look(ctx, name)
	if err != nil {
		return r, err
	}
	if f.current == nil || f.old == nil {
		return r, failure.Errorf(failure.NotFound, "reverting %s: there is no %s, which an update would have kept", name, oldName(name))
	}
	r.From, r.To = f.current.Config["volatile.base_image"], f.old.Config["volatile.base_image"]
	running := f.current.Running()
	// The old one shall run if this one does.
	if err := u.mark(ctx, oldName(name), func(m *mark) { m.Running = running }); err != nil {
		return r, err
	}
	began := u.Now()
	err = u.edit(ctx, name, func(i *daemon.Instance) error {
		m := f.mCurrent
		m.Role, m.Of, m.Step, m.Refuse, m.Reason, m.By = roleNew, name, stepFailed, true, "it was reverted", u.Self
		m.From, m.To = r.To, r.From
		return m.on(i)
	})
	if err != nil {
		return r, err
	}
	if err := u.Mend(context.WithoutCancel(ctx), name); err != nil {
		return r, err
	}
	r.Outcome, r.Downtime = Updated, u.Now().Sub(began)
	return r, nil
}

// Wanted lists the names that updates are about: those of all instances of our images, and
// those that an update has broken off from. Instances that updates have kept are none.
func (u *Updater) Wanted(ctx context.Context) (names []string, err error) {
	all, err := u.Daemon.Instances(ctx)
	if err != nil {
		return nil, fmt.Errorf("looking which instances there are: %w", err)
	}
	for _, i := range all {
		m, marked := markOf(i)
		switch {
		case marked && m.Of != "":
			names = append(names, m.Of)
		case Ours(i) && !i.Ephemeral:
			names = append(names, i.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
