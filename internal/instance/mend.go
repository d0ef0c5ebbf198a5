package instance

import (
	"context"
	"errors"
	"fmt"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
)

// Mend takes up or undoes what an update has left that was broken off: afterwards one
// instance has the name, and runs if it did.
func (u *Updater) Mend(ctx context.Context, name string) error {
	f, err := u.look(ctx, name)
	if err != nil {
		return err
	}
	if u.next(f) == nil {
		return u.orphaned(f)
	}
	if by := f.owner(); by != "" && by != u.Self {
		if u.Alive(by) {
			return u.taken(name, by)
		}
		if err := u.claim(ctx, f); err != nil {
			return fmt.Errorf("mending the update of %s: %w", name, err)
		}
		if f, err = u.look(ctx, name); err != nil {
			return err
		}
	}
	for range 20 { // there are no more steps than that
		step := u.next(f)
		if step == nil {
			return u.orphaned(f)
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
	// Between two names there is one of these, too. An old instance alone is what is left when
	// somebody has removed or renamed the newer one: nobody has asked for it to run again.
	between := f.unfinished() && (f.new != nil || f.failed != nil && f.mFailed.Step != stepKept)
	switch {
	case f.current == nil && between:
		return func(ctx context.Context) error { return u.rename(ctx, oldName(name), name) }
	case f.current == nil && f.new != nil && f.mNew.Step == stepGate && f.old == nil:
		// It is complete, but for its name, and nothing else is left.
		return func(ctx context.Context) error { return u.rename(ctx, newName(name), name) }
	case f.new != nil && (f.mNew.Step == stepMade || f.mCurrent.Role == roleOld):
		// Before the old one is restored: this one may have its addresses already.
		return func(ctx context.Context) error { return u.remove(ctx, newName(name), true) }
	case f.current == nil:
		return nil
	case f.mCurrent.Role == roleOld:
		return func(ctx context.Context) error { return u.restore(ctx, f) }
	case f.mCurrent.open() && !f.unfinished(): // there is nothing to go back to
		return func(ctx context.Context) error { return u.stay(ctx, name) }
	case f.mCurrent.Role == roleFailed:
		return func(ctx context.Context) error { return u.setAside(ctx, f) }
	case f.mCurrent.Role == roleNew && f.mCurrent.Step == stepFailed:
		return func(ctx context.Context) error { return u.park(ctx, f) }
	case f.mCurrent.Role == roleNew && f.mCurrent.Step == stepGate:
		return func(ctx context.Context) error { return u.again(ctx, f) }
	case f.unfinished():
		return func(ctx context.Context) error { return u.keep(ctx, oldName(name)) }
	case f.failed != nil && f.mFailed.Step != stepKept:
		return func(ctx context.Context) error { return u.keep(ctx, failedName(name)) }
	case f.mCurrent.By != "":
		return func(ctx context.Context) error { return u.stay(ctx, name) }
	}
	return nil
}

// open says whether the new instance has not shown yet that it works, or that it does not.
func (m mark) open() bool {
	return m.Role == roleFailed || m.Role == roleNew && (m.Step == stepGate || m.Step == stepFailed)
}

// orphaned is an error if somebody has removed or renamed the newer instance before the
// update had ended: nobody but a person knows whether the old one is wanted again.
func (u *Updater) orphaned(f found) error {
	if f.current != nil || !f.unfinished() {
		return nil
	}
	if by := f.owner(); by != "" && by != u.Self && u.Alive(by) {
		return u.taken(f.name, by) // which has just changed names, while this one looked
	}
	return failure.Errorf(failure.NotFound, "there is no %s, but %s of an update that has not ended: rename it to %s and say `lxdocker update --finish %s` if it shall run again, or remove it", f.name, f.old.Name, f.name, f.name)
}

// keep writes down that an update has ended for an instance.
func (u *Updater) keep(ctx context.Context, name string) error {
	return u.mark(ctx, name, func(m *mark) { m.Step, m.By, m.Made = stepKept, "", nil })
}

// stay leaves the new instance where it is.
func (u *Updater) stay(ctx context.Context, name string) error {
	return u.edit(ctx, name, func(i *daemon.Instance) error {
		m, _ := markOf(*i)
		m.unpark(i)
		m.Role, m.Step, m.By, m.Made = roleNew, stepKept, "", nil
		return m.on(i)
	})
}

// restore gives the old instance back what was taken from it, and starts it if it ran.
func (u *Updater) restore(ctx context.Context, f found) error {
	if f.mCurrent.Step == stepStopping && f.current.Running() {
		// It runs, but not for long: it was asked to stop.
		if err := Stop(ctx, u.Daemon, f.name, 0); err != nil {
			return fmt.Errorf("%w: stop it with --force, and say `lxdocker update --finish %s`", err, f.name)
		}
	}
	if err := u.unmove(ctx, f); err != nil {
		return err
	}
	// The mark goes last: a crash before that comes here again.
	err := u.edit(ctx, f.name, func(i *daemon.Instance) error {
		m, _ := markOf(*i)
		if !m.Parked && m.Step == "" {
			return nil
		}
		m.unpark(i)
		m.Step = ""
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
		if err := silent(f.failed); err != nil {
			return err
		}
		if err := u.wakes(ctx, f.name); err != nil {
			return errors.Join(fmt.Errorf("starting the old %s: %w", f.name, err), u.acquit(ctx, f))
		}
	}
	return u.edit(ctx, f.name, func(i *daemon.Instance) error {
		delete(i.Config, keyUpdate)
		delete(i.Config, keyResting)
		if f.failed != nil && f.mFailed.Refuse && f.mFailed.From == i.Config["volatile.base_image"] {
			i.Config[keyRefused] = f.mFailed.To
		}
		return nil
	})
}

// acquit takes back that the new image is at fault: the old one cannot be started either, as
// when another program has taken its port. One that a person did not want stays refused.
func (u *Updater) acquit(ctx context.Context, f found) error {
	if f.failed == nil || f.mFailed.Step == stepKept || f.mFailed.Healthy {
		return nil
	}
	return u.mark(ctx, failedName(f.name), func(m *mark) { m.Refuse = false })
}

// silent is an error if another version runs, which somebody has started by hand: two must
// not work on the same volumes.
func silent(other *daemon.Instance) error {
	if other != nil && other.Status != "Stopped" {
		return failure.Errorf(failure.Unavailable, "%s is %s, and has the same volumes: stop it first", other.Name, other.Status)
	}
	return nil
}

// park stops an instance that is on its way out, and takes its addresses away.
func (u *Updater) park(ctx context.Context, f found) error {
	if err := silent(f.old); err != nil {
		return err
	}
	if f.current.Running() {
		within := killAfter
		if f.mCurrent.Healthy { // a database that is killed has to recover
			within = 0
		}
		if err := Stop(ctx, u.Daemon, f.name, within); err != nil {
			return err
		}
	}
	return u.parks(ctx, f.name, func(i *daemon.Instance) error {
		m, _ := markOf(*i)
		m.park(i)
		m.Role = roleFailed
		return m.on(i)
	})
}

// setAside gives the name free for the old instance. One that failed before goes.
func (u *Updater) setAside(ctx context.Context, f found) error {
	if f.failed != nil {
		if err := u.remove(ctx, failedName(f.name), false); err != nil {
			return err
		}
	}
	return u.rename(ctx, f.name, failedName(f.name))
}

// again lets a new instance show that it works, after who waited for that is gone.
func (u *Updater) again(ctx context.Context, f found) error {
	bad := func(err error) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return u.mark(ctx, f.name, func(m *mark) { m.Step, m.Refuse, m.Reason = stepFailed, refused(err), err.Error() })
	}
	if f.mCurrent.Running {
		if !f.current.Running() {
			if err := silent(f.old); err != nil {
				return err
			}
			if err := u.start(ctx, f.name); err != nil {
				return bad(err)
			}
		}
		if _, err := u.Gate.wait(ctx, u.Daemon, f.name); err != nil {
			return bad(err)
		}
	}
	return u.keep(ctx, f.name)
}

// giveUp undoes an update, wherever it is. refuse says that the new image is not to be
// tried again.
func (u *Updater) giveUp(ctx context.Context, name string, refuse bool, why string) error {
	f, err := u.look(ctx, name)
	if err != nil {
		return err
	}
	if f.owner() != u.Self {
		// Another process was faster: only what was made beside is to be undone.
		if f.mNew.By == u.Self {
			return u.remove(ctx, newName(name), true)
		}
		return nil
	}
	if f.current != nil && f.mCurrent.By == u.Self && f.mCurrent.Role == roleNew && f.mCurrent.Step == stepGate {
		err := u.mark(ctx, name, func(m *mark) { m.Step, m.Refuse, m.Reason = stepFailed, refuse, why })
		if err != nil {
			return err
		}
	}
	return u.Mend(ctx, name)
}
