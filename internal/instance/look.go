package instance

import (
	"cmp"
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

// look looks what an update, which may be broken off, has left.
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
		if place.name == name {
			if err := itself(i); err != nil {
				return f, err
			}
			f.current, f.mCurrent = &i, markAt(i)
			continue
		}
		if m, ok := beside(i); ok && m.Of == name { // else somebody else's
			*place.instance, *place.mark = &i, m
		}
	}
	return f, nil
}

// itself is an error for an instance that an update keeps beside another one: it has the same
// volumes, so it must never be started while that runs.
func itself(i daemon.Instance) error {
	if m, ok := beside(i); ok {
		return failure.Errorf(failure.Unsupported, "%s is the %s one of an update of %s, and has no updates of its own: name %s, or rename %s if it shall be an instance like others", i.Name, m.Role, m.Of, m.Of, i.Name)
	}
	return nil
}

// idle waits until the daemon has done what a process has begun that may be dead by now.
func (u *Updater) idle(ctx context.Context, name string) error {
	return idle(ctx, u.Daemon, name, newName(name), oldName(name), failedName(name))
}

// mostWork is how long a daemon may work on an instance: longer than a stop takes.
const mostWork = longest + 5*time.Minute

// idle waits until a daemon works on none of these instances.
func idle(ctx context.Context, d *daemon.Client, names ...string) error {
	return idleWithin(ctx, d, mostWork, names...)
}

func idleWithin(ctx context.Context, d *daemon.Client, most time.Duration, names ...string) error {
	for deadline := time.Now().Add(most); ; {
		working, err := d.Working(ctx, names...)
		if err != nil || !working {
			return err
		}
		if time.Now().After(deadline) {
			return failure.Errorf(failure.Unavailable, "for %v, the daemon has been working on %s: end that first (`lxc operation list`)", most, names[0])
		}
		if pause(ctx, 200*time.Millisecond); ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// unfinished says whether the old instance is on its way from or to its name. One that an
// update has kept stays where it is, even if the newer one is removed or renamed.
func (f found) unfinished() bool { return f.old != nil && f.mOld.Step != stepKept }

// owner is the process that works on the update. What is made beside counts less: whoever
// comes second makes that before it sees that it is the second.
func (f found) owner() string {
	return cmp.Or(f.mCurrent.By, f.mOld.By, f.mNew.By, f.mFailed.By)
}

// claim makes this process the owner of an update that another one has left. The first mark
// decides: of two that try to change it, the daemon lets one.
func (u *Updater) claim(ctx context.Context, f found) error {
	for _, place := range []struct {
		name string
		was  mark
	}{{f.name, f.mCurrent}, {oldName(f.name), f.mOld}, {newName(f.name), f.mNew}, {failedName(f.name), f.mFailed}} {
		if place.was.By == "" || place.was.By == u.Self {
			continue
		}
		err := u.edit(ctx, place.name, func(i *daemon.Instance) error {
			m, _ := markOf(*i)
			if m.By != place.was.By || m.Role != place.was.Role || m.Step != place.was.Step {
				return u.taken(f.name, m.By)
			}
			m.By = u.Self
			return m.on(i)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (u *Updater) taken(name, by string) error {
	return failure.Errorf(failure.Unavailable, "%s is being updated by another lxdocker (%s): wait for it, or say `lxdocker update --finish %s` if it is gone", name, cmp.Or(by, "just now"), name)
}

// Wanted lists the names that updates are about: those of all instances of our images, and
// those that an update has broken off from. Instances that updates have kept are none.
func (u *Updater) Wanted(ctx context.Context) (names []string, err error) {
	all, err := u.Daemon.Instances(ctx)
	if err != nil {
		return nil, fmt.Errorf("looking which instances there are: %w", err)
	}
	return wanted(all), nil
}

func wanted(all []daemon.Instance) (names []string) {
	for _, i := range all {
		m, ok := beside(i)
		switch {
		case ok && m.Role != roleFailed && m.Step != stepKept:
			names = append(names, m.Of)
		case !ok && Ours(i) && !i.Ephemeral:
			names = append(names, i.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
