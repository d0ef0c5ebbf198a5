package instance

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"lxdocker/internal/daemon"
)

// moving is what a move, or making volumes that only the new image has, has made and changed so far (see mark).
type moving struct {
	ID      string            `json:"id,omitempty"`
	Pool    string            `json:"pool,omitempty"`
	Volumes []string          `json:"volumes,omitempty"` // that were made, and are not in use yet
	Config  map[string]string `json:"config,omitempty"`  // settings as they were: "" if they were not set
	Disks   []string          `json:"disks,omitempty"`   // devices that were added
}

// keyMoving is what a volume says that a move has made: of which one.
const keyMoving = "user.lxdocker.move"

// waits is a program that does nothing, in place of the application.
var waits = []string{"/busybox-lxd", "sleep", "1000000000"}

// quiet are the settings of an instance that is to run nothing but that program. None is
// empty: those of a profile would count.
var quiet = map[string]string{
	setting + "ENTRYPOINT": words(waits[:1]),
	setting + "CMD":        words(waits[1:]),
	setting + "USER":       "0:0",
	setting + "WORKDIR":    "/",
	setting + "RESTART":    "no",
	setting + "HEALTH_CMD": "none",
	setting + "SUPERVISE":  "yes",
	setting + "TTY":        "no",

	"user.lxdocker_init_script": "# nothing",
	"user.lxdocker.net":         "none; wait=0",
}

// silence has an instance run nothing from its next start on, and attaches disks.
func (m *moving) silence(i *daemon.Instance, disks daemon.Devices) {
	if m.Config != nil {
		return
	}
	m.Config = map[string]string{}
	for key, value := range quiet {
		m.Config[key], i.Config[key] = i.Config[key], value
	}
	i.Devices = i.Devices.Clone()
	maps.Copy(i.Devices, disks)
	m.Disks = slices.Sorted(maps.Keys(disks))
}

// wake takes that back.
func (m *moving) wake(i *daemon.Instance) {
	giveBack(i.Config, m.Config)
	i.Devices = i.Devices.Clone()
	for _, name := range m.Disks {
		delete(i.Devices, name)
	}
	m.Config, m.Disks = nil, nil
}

// move copies what is in the root file system of the old instance, which has stopped, to
// where the new one has it. From the moment on that all is copied and compared, both have
// the volumes: whichever runs, nothing that is written is lost.
func (u *Updater) move(ctx context.Context, name string, c cargo) error {
	if c.empty() {
		return nil
	}
	u.Say("copying what is in its root file system")
	begun := moving{ID: c.id, Pool: c.pool, Volumes: c.volumes()}
	return inTurn(
		func() error { return u.mark(ctx, name, func(m *mark) { m.Step, m.Moving = stepMoving, &begun }) },
		func() error { return u.makeEmpty(ctx, name, c) },
		func() error { return u.copying(ctx, name, c.staged(c.volumes()...), c.outward()) },
		func() error {
			return u.edit(ctx, name, func(i *daemon.Instance) error {
				if err := u.mine(*i); err != nil {
					return err
				}
				m, _ := markOf(*i)
				m.Moving.wake(i)
				c.attach(i)
				m.Step, m.Moving = stepStopping, nil
				if c.transit != "" {
					m.Moving = &moving{ID: c.id, Pool: c.pool, Volumes: []string{c.transit}}
				}
				return m.on(i)
			})
		},
		func() error { return u.arrive(ctx, name, c) },
	)
}

// makeEmpty makes the volumes of a move.
func (u *Updater) makeEmpty(ctx context.Context, name string, c cargo) error {
	near := u.Daemon
	if near.Server.Clustered {
		i, err := u.Daemon.Instance(ctx, name)
		if err != nil {
			return err
		}
		near = u.near(i)
	}
	paths := map[string]string{}
	for _, f := range c.folders {
		paths[f.volume] = f.path
	}
	for _, volume := range c.volumes() {
		config := map[string]string{keyInstance: name, keyMoving: c.id}
		if paths[volume] != "" {
			config[keyPath] = paths[volume]
		}
		if err := near.CreateVolume(ctx, c.pool, daemon.Volume{Name: volume, Config: config}); err != nil {
			return fmt.Errorf("making the volume %s: %w", volume, err)
		}
	}
	return nil
}

// arrive gives the new instance what the old one has handed over.
func (u *Updater) arrive(ctx context.Context, name string, c cargo) error {
	for _, f := range c.folders {
		u.Say(fmt.Sprintf("its data in %s is in the volume %s now", f.path, f.volume))
	}
	change := func(change func(*daemon.Instance, *mark)) error {
		return u.edit(ctx, newName(name), func(i *daemon.Instance) error {
			if err := u.mine(*i); err != nil {
				return err
			}
			m, _ := markOf(*i)
			change(i, &m)
			return m.on(i)
		})
	}
	if err := change(func(i *daemon.Instance, _ *mark) { c.attach(i) }); err != nil || c.transit == "" {
		return err
	}
	return inTurn(
		func() error { return u.copying(ctx, newName(name), c.staged(c.transit), c.inward()) },
		func() error {
			return change(func(i *daemon.Instance, m *mark) { m.Moving.wake(i); m.Moving = nil })
		},
		func() error { return u.Daemon.DeleteVolume(ctx, c.pool, c.transit) },
		func() error { return u.mark(ctx, name, func(m *mark) { m.Moving = nil }) },
	)
}

// unmove undoes a move that has not come to its end: what it has copied goes.
func (u *Updater) unmove(ctx context.Context, f found) error {
	begun := f.mCurrent.Moving
	if begun == nil {
		return nil
	}
	if f.mCurrent.Step == stepMoving && f.current.Status != "Stopped" { // our program runs in it
		if err := u.kill(ctx, f.name); err != nil {
			return err
		}
	}
	err := u.edit(ctx, f.name, func(i *daemon.Instance) error {
		m, _ := markOf(*i)
		if m.Moving == nil {
			return nil
		}
		m.Moving.wake(i)
		m.Step = stepStopping
		return m.on(i)
	})
	if err != nil {
		return err
	}
	if err := u.removeVolumes(ctx, *begun); err != nil {
		return err
	}
	return u.edit(ctx, f.name, func(i *daemon.Instance) error {
		m, _ := markOf(*i)
		m.Moving = nil
		return m.on(i)
	})
}

// removeVolumes removes the volumes that were made, if nothing has them.
func (u *Updater) removeVolumes(ctx context.Context, begun moving) error {
	for _, volume := range begun.Volumes {
		v, err := u.Daemon.Volume(ctx, begun.Pool, volume)
		if daemon.NotFound(err) || err == nil && (v.Config[keyMoving] != begun.ID || len(v.UsedBy) > 0) {
			continue // somebody else's
		}
		if err == nil {
			err = u.Daemon.DeleteVolume(ctx, begun.Pool, volume)
		}
		if err != nil {
			return fmt.Errorf("removing the volume %s again: %w", volume, err)
		}
	}
	return nil
}
