package agent

import (
	"context"

	"lxdocker/internal/daemon"
	"lxdocker/internal/instance"
)

// Fleet is what an agent needs of a daemon with instances.
type Fleet interface {
	// Names are those of the daemon and of the project; "" is the default one.
	Names() (daemon, project string)
	Instances(ctx context.Context) ([]daemon.Instance, error)
	Images(ctx context.Context) ([]daemon.Image, error)
	Image(ctx context.Context, fingerprint string) (daemon.Image, error)
	DeleteImage(ctx context.Context, fingerprint string) error
	// Update gives an instance the newest image.
	Update(ctx context.Context, name string, how How) (instance.Result, error)
	// Mend takes up or undoes an update that was broken off.
	Mend(ctx context.Context, name string) error
	// Rest stops an instance that runs until Wake, which starts no others.
	Rest(ctx context.Context, name string) error
	Wake(ctx context.Context, name string) error
	// Lives says whether a process lives, and is another one.
	Lives(process string) bool
}

// How says how an instance is updated.
type How struct {
	Dry   bool                                                                              // the image is fetched, and nothing else is done
	Hold  func(ctx context.Context, old daemon.Instance, to string) (why string, err error) // why an image is not taken; "": it is
	Ready func(ctx context.Context) error                                                   // is called before the old one stops
	Wake  bool                                                                              // the instance rests
}

// Instances is the Fleet of a real daemon.
type Instances struct {
	Updater instance.Updater
	Say     func(name, text string) // is told what is done
}

// Names implements Fleet, as the others do.
func (f Instances) Names() (daemon, project string) {
	return f.Updater.Daemon.Name(), f.Updater.Daemon.Address.Project
}

func (f Instances) Instances(ctx context.Context) ([]daemon.Instance, error) {
	return f.Updater.Daemon.Instances(ctx)
}

func (f Instances) Image(ctx context.Context, fingerprint string) (daemon.Image, error) {
	return f.Updater.Daemon.Image(ctx, fingerprint)
}

func (f Instances) Images(ctx context.Context) ([]daemon.Image, error) {
	return f.Updater.Daemon.Images(ctx)
}

func (f Instances) DeleteImage(ctx context.Context, fingerprint string) error {
	return f.Updater.Daemon.DeleteImage(ctx, fingerprint)
}

func (f Instances) Update(ctx context.Context, name string, how How) (instance.Result, error) {
	u := f.of(name)
	u.Hold, u.Ready, u.Rested = how.Hold, how.Ready, how.Wake
	return u.Update(ctx, name, "", how.Dry)
}

func (f Instances) Mend(ctx context.Context, name string) error { return f.of(name).Mend(ctx, name) }
func (f Instances) Rest(ctx context.Context, name string) error { return f.of(name).Rest(ctx, name) }
func (f Instances) Wake(ctx context.Context, name string) error { return f.of(name).Wake(ctx, name) }

func (f Instances) Lives(process string) bool {
	return process != f.Updater.Self && f.Updater.Alive(process)
}

func (f Instances) of(name string) *instance.Updater {
	u := f.Updater
	u.Say = func(text string) { f.Say(name, text) }
	return &u
}
