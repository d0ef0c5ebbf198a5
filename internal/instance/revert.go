package instance

import (
	"context"
	"errors"
	"fmt"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
)

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
	if err := u.revertible(ctx, f); err != nil {
		return r, fmt.Errorf("reverting %s: %w", name, err)
	}
	r.From, r.To = f.current.Config["volatile.base_image"], f.old.Config["volatile.base_image"]
	running := f.current.Running()
	began := u.Now()
	undo := context.WithoutCancel(ctx)
	if err := u.claimFree(ctx, *f.current, func(m *mark) { m.By = u.Self }); err != nil {
		return r, fmt.Errorf("reverting %s: %w", name, err)
	}
	err = inTurn(
		// The old one shall run if this one does. It is wanted again before this one goes: a
		// crash between the two leaves all as it was.
		func() error {
			return u.edit(undo, oldName(name), func(i *daemon.Instance) error {
				m := f.mOld
				m.Running, m.Step, m.By = running, "", u.Self
				return m.on(i)
			})
		},
		func() error {
			return u.mark(undo, name, func(m *mark) {
				m.Step, m.Refuse, m.Reason, m.Healthy = stepFailed, true, "it was reverted", true
				m.From, m.To = r.To, r.From
			})
		},
	)
	if err = errors.Join(err, u.patiently(undo, func() error { return u.Mend(undo, name) })); err != nil {
		return r, fmt.Errorf("reverting %s: %w", name, err)
	}
	r.Outcome, r.Downtime = Updated, u.Now().Sub(began)
	return r, nil
}

// revertible is an error if there is nothing to go back to. An instance that has the right
// name, but is not the one before, has other data.
func (u *Updater) revertible(ctx context.Context, f found) error {
	switch {
	case f.current == nil || f.old == nil:
		return failure.Errorf(failure.NotFound, "there is no %s, which an update would have kept", oldName(f.name))
	case f.mCurrent.Role != roleNew || f.mCurrent.From != f.old.Config["volatile.base_image"]:
		return failure.Errorf(failure.Unsupported, "%s is not the one before %s: rename them by hand if you want to go back to it", oldName(f.name), f.name)
	}
	if err := silent(f.old); err != nil {
		return err
	}
	return u.dispensable(ctx, f.failed)
}

// dispensable is an error if an instance that an update has kept cannot go without a loss.
func (u *Updater) dispensable(ctx context.Context, kept *daemon.Instance) error {
	if kept == nil {
		return nil
	}
	if kept.Status != "Stopped" {
		return failure.Errorf(failure.Unsupported, "%s is %s, and would be deleted: stop it, or rename it to keep it", kept.Name, kept.Status)
	}
	snapshots, err := u.Daemon.Snapshots(ctx, kept.Name)
	if err != nil {
		return fmt.Errorf("looking for snapshots of %s: %w", kept.Name, err)
	}
	if len(snapshots) > 0 {
		return failure.Errorf(failure.Unsupported, "%s would be deleted with its %d snapshots: rename it to keep them, or delete them", kept.Name, len(snapshots))
	}
	return nil
}
