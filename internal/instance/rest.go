package instance

import (
	"context"
	"fmt"
	"strings"

	"lxdocker/internal/daemon"
)

// keyResting is on an instance that was stopped because another one, which it needs, is being
// updated. It has its name and, after a space, the process that starts it again.
const keyResting = "user.lxdocker.update.resting"

// resting is the process that has stopped an instance, and starts it again; "" if none has.
// A copy does not rest: it has the volumes of the one that does.
func resting(i daemon.Instance) string {
	name, by, _ := strings.Cut(i.Config[keyResting], " ")
	if name != i.Name {
		return ""
	}
	return by
}

// Rest stops an instance that runs, until Wake. Whoever comes after a crash sees that it is to
// run again. One that does not run stays as it is.
func (u *Updater) Rest(ctx context.Context, name string) error {
	runs := false
	err := u.edit(ctx, name, func(i *daemon.Instance) error {
		if runs = i.Running(); !runs {
			return nil
		}
		if err := itself(*i); err != nil {
			return err
		}
		if by := markAt(*i).By; by != "" && by != u.Self { // its new version would not pass the gate
			return u.taken(name, by)
		}
		i.Config[keyResting] = i.Name + " " + u.Self
		return nil
	})
	if err == nil && runs {
		err = Stop(ctx, u.Daemon, name, 0)
	}
	if err != nil {
		return fmt.Errorf("stopping %s, which needs what is updated: %w", name, err)
	}
	return nil
}

// Wake starts an instance that rests. One that does not rest, or is gone, stays as it is.
func (u *Updater) Wake(ctx context.Context, name string) error {
	// A process that has died meanwhile may have asked it to stop just now.
	if err := u.idle(ctx, name); err != nil {
		return fmt.Errorf("starting %s again: %w", name, err)
	}
	i, err := u.Daemon.Instance(ctx, name)
	if daemon.NotFound(err) {
		return nil
	}
	if err == nil && StandingOf(i).Resting == "" {
		return nil
	}
	if err == nil && i.Running() {
		// It may have been asked to stop, and end any moment, unless somebody has started it since.
		err = Stop(ctx, u.Daemon, name, 0)
	}
	if err == nil {
		err = u.Daemon.Start(ctx, name)
	}
	if err == nil {
		err = u.edit(ctx, name, func(i *daemon.Instance) error {
			delete(i.Config, keyResting)
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("starting %s again, which was stopped for an update: %w", name, err)
	}
	return nil
}
