package instance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
)

// Updater gives instances newer images.
type Updater struct {
	Daemon *daemon.Client
	Images Images
	Gate   Gate
	Self   string                    // names this process
	Alive  func(process string) bool // says whether another one lives
	Say    func(text string)         // is told what is done
	Now    func() time.Time
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
	Would     Outcome = "would be updated"
)

// Result is how an update ended, and why.
type Result struct {
	Name     string
	Outcome  Outcome
	From, To string // fingerprints
	Why      string
	Downtime time.Duration
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
	r.From = old.Config["volatile.base_image"]
	if r.To, reference, err = u.newest(ctx, old, reference); err != nil {
		return r, fmt.Errorf("updating %s: %w", name, err)
	}
	switch {
	case r.To == r.From:
		r.Outcome = Unchanged
		return r, nil
	case r.To == old.Config[keyRefused]:
		r.Outcome, r.Why = Refused, "this image did not work the last time: there has to be another"
		return r, nil
	}
	if err := u.unspoken(ctx, name); err != nil {
		return r, err
	}
	if dry {
		r.Outcome = Would
		return r, nil
	}
	return u.replace(ctx, old, r, reference)
}

// updatable is an error for instances that no update is for.
func updatable(i daemon.Instance) error {
	m, marked := markOf(i)
	switch {
	case !Ours(i):
		return failure.Errorf(failure.Unsupported, "updating %s: its image is none of lxdocker", i.Name)
	case i.Ephemeral:
		return failure.Errorf(failure.Unsupported, "updating %s: it goes away when it stops: make it anew", i.Name)
	case marked && m.Role != roleNew:
		return failure.Errorf(failure.Unsupported, "updating %s: it is the %s one of an update of %s", i.Name, m.Role, m.Of)
	}
	return nil
}

// newest finds the newest image of where an instance's image comes from, and has the
// daemon get it.
func (u *Updater) newest(ctx context.Context, i daemon.Instance, reference string) (fingerprint, from string, err error) {
	if reference == "" {
		reference = i.Config[KeyReference]
	}
	if reference != "" {
		fingerprint, err = u.Images.Bring(ctx, u.Daemon, reference)
		return fingerprint, reference, err
	}
	image, err := u.Daemon.Image(ctx, i.Config["volatile.base_image"])
	if daemon.NotFound(err) || err == nil && image.UpdateSource == nil {
		return "", "", failure.Errorf(failure.NotFound, "the daemon no longer knows where its image comes from: say --from %s, or --from REMOTE:NAME", i.Config[imageRef])
	}
	if err != nil {
		return "", "", err
	}
	s := image.UpdateSource
	fingerprint, err = u.Daemon.CopyImage(ctx, daemon.Source{Alias: s.Alias, Server: s.Server, Protocol: s.Protocol, Certificate: s.Certificate})
	return fingerprint, "", err
}

// unspoken is an error if the names that an update needs are those of other instances.
func (u *Updater) unspoken(ctx context.Context, name string) error {
	for _, other := range []string{newName(name), oldName(name), failedName(name)} {
		i, err := u.Daemon.Instance(ctx, other)
		if daemon.NotFound(err) {
			continue
		}
		if err != nil {
			return err
		}
		if m, marked := markOf(i); !marked || m.Of != name {
			return fmt.Errorf("updating %s: its update needs the name %s, which another instance has: rename that", name, other)
		}
	}
	return nil
}

// replace is the update itself. Whatever fails, the old instance has its place again.
func (u *Updater) replace(ctx context.Context, old daemon.Instance, r Result, reference string) (Result, error) {
	m := mark{Role: roleNew, Of: old.Name, Step: stepMade, By: u.Self, From: r.From, To: r.To, Running: old.Running(), At: u.Now()}
	err := u.prepare(ctx, old, m, reference)
	if err == nil {
		var began time.Time
		began, err = u.swap(ctx, old, m)
		if err == nil && m.Running {
			r.Downtime = u.Now().Sub(began)
			u.Say("waiting whether it works")
			r.Why, err = u.Gate.wait(ctx, u.Daemon, old.Name)
		}
		if err == nil {
			err = u.mark(ctx, old.Name, func(m *mark) { m.Step, m.By = stepKept, "" })
		}
	}
	if err == nil {
		r.Outcome = Updated
		return r, nil
	}
	// Nobody may wait any more, but what was begun is undone all the same.
	undo, stop := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Minute)
	defer stop()
	u.Say("going back: " + err.Error())
	var unfit *unfitError
	refuse := errors.As(err, &unfit)
	if wrong := u.giveUp(undo, old.Name, refuse, err.Error()); wrong != nil {
		return r, errors.Join(err, fmt.Errorf("going back to the old %s: %w: `lxdocker update --finish %s` tries again", old.Name, wrong, old.Name))
	}
	if refuse {
		r.Outcome, r.Why = WentBack, err.Error()
		return r, nil
	}
	return r, fmt.Errorf("updating %s: %w", old.Name, err)
}

// prepare makes the new instance beside the old one, which runs meanwhile.
func (u *Updater) prepare(ctx context.Context, old daemon.Instance, m mark, reference string) error {
	u.Say("making it from the new image")
	n, err := successor(old, &m)
	if err != nil {
		return err
	}
	if reference != "" {
		n.Config[KeyReference] = reference
	}
	if err := u.Daemon.Create(ctx, n); err != nil {
		if daemon.Exists(err) {
			return fmt.Errorf("somebody else updates it: %w", err)
		}
		return fmt.Errorf("making %s: %w", n.Name, err)
	}
	return u.volumes(ctx, old, n.Name)
}

// volumes is an error if data would be lost: if a volume of the new image is a folder in
// the old root file system.
func (u *Updater) volumes(ctx context.Context, old daemon.Instance, made string) error {
	paths, err := imageVolumes(ctx, u.Daemon, made)
	if err != nil {
		return err
	}
	for _, path := range paths {
		if mounted(old.ExpandedDevices, path) {
			continue
		}
		names, err := u.Daemon.ListFiles(ctx, old.Name, path)
		if err != nil && !daemon.NotFound(err) {
			return err
		}
		if len(names) > 0 {
			return failure.Errorf(failure.Unsupported, "its data in %s would be lost, which is a folder in it: attach a volume there first (docs/updating.md)", path)
		}
	}
	return nil
}

// swap puts the new instance in the place of the old one, and starts it if that ran.
func (u *Updater) swap(ctx context.Context, old daemon.Instance, m mark) (began time.Time, err error) {
	name := old.Name
	if err := u.remove(ctx, oldName(name)); err != nil { // of the update before
		return began, err
	}
	was := m
	was.Role, was.Step, was.By = roleOld, "", ""
	if err := u.edit(ctx, name, was.on); err != nil {
		return began, err
	}
	began = u.Now()
	if m.Running {
		u.Say("stopping the old one")
		if err := Stop(ctx, u.Daemon, name, 0); err != nil {
			return began, err
		}
	}
	err = inTurn(
		func() error {
			return u.edit(ctx, name, func(i *daemon.Instance) error {
				was.park(i)
				return was.on(i)
			})
		},
		func() error { return u.Daemon.Rename(ctx, name, oldName(name)) },
		func() error { return u.unparked(ctx, newName(name), was) },
		func() error { return u.Daemon.Rename(ctx, newName(name), name) },
	)
	if err != nil || !m.Running {
		return began, err
	}
	u.Say("starting the new one")
	if err := u.Daemon.Start(ctx, name); err != nil {
		if ctx.Err() != nil {
			return began, err
		}
		return began, &unfitError{fmt.Sprintf("it cannot be started: %v", err)}
	}
	return began, nil
}

// unparked gives the new instance the addresses that the old one has left, also those
// that it got itself.
func (u *Updater) unparked(ctx context.Context, name string, old mark) error {
	return u.edit(ctx, name, func(i *daemon.Instance) error {
		m, ok := markOf(*i)
		if !ok {
			return fmt.Errorf("%s has lost its mark", i.Name)
		}
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

// mark changes the mark of an instance.
func (u *Updater) mark(ctx context.Context, name string, change func(*mark)) error {
	return u.edit(ctx, name, func(i *daemon.Instance) error {
		m, _ := markOf(*i)
		change(&m)
		return m.on(i)
	})
}

// remove removes an instance of an update, running or not, if there is one.
func (u *Updater) remove(ctx context.Context, name string) error {
	i, err := u.Daemon.Instance(ctx, name)
	if daemon.NotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, marked := markOf(i); !marked {
		return fmt.Errorf("the instance %s is of no update: rename it", name)
	}
	_, err = Remove(ctx, u.Daemon, name, true, false)
	return err
}
