package instance

import (
	"context"
	"errors"
	"strings"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
)

// settling is how long a daemon may take to clean up behind an instance that is gone, has
// another name, or has ended by itself. It says nothing of that while it does.
const settling = 20 * time.Second

// rename gives an instance another name. Incus 6.0.4 now and then says that the folder of its
// logs exists already; and both daemons call an instance that has just ended by itself running.
func (u *Updater) rename(ctx context.Context, from, to string) error {
	return again(ctx, func() error { return u.Daemon.Rename(ctx, from, to) }, func(said *daemon.Error) bool {
		return strings.Contains(said.Text, "file exists") || strings.Contains(said.Text, "running instance")
	})
}

// wakes starts an instance. The ports of another one that has ended by itself may not be free
// yet, for which the daemons have no clear words.
func (u *Updater) wakes(ctx context.Context, name string) error {
	return again(ctx, func() error { return u.Daemon.Start(ctx, name) }, func(said *daemon.Error) bool {
		return said.FailureKind() == failure.Internal
	})
}

// parks changes the settings of an instance whose addresses are taken away. A daemon that is
// told of any other change of a network device writes its hwaddr again, as it was (LXD 5.0.2,
// Incus 6.0.4), so that is taken once more.
func (u *Updater) parks(ctx context.Context, name string, change func(*daemon.Instance) error) error {
	if err := u.edit(ctx, name, change); err != nil {
		return err
	}
	i, err := u.Daemon.Instance(ctx, name)
	if m, _ := markOf(i); err != nil || !m.remains(&i) {
		return err
	}
	return u.edit(ctx, name, func(i *daemon.Instance) error {
		m, _ := markOf(*i)
		m.remains(i)
		return nil
	})
}

// remains takes what is left of addresses away that were taken, and says whether there was any.
func (m mark) remains(i *daemon.Instance) (found bool) {
	for key, value := range m.Config {
		if strings.HasSuffix(key, ".hwaddr") && value != "" && i.Config[key] == value {
			delete(i.Config, key)
			found = true
		}
	}
	return found
}

// again does something again that has failed for a reason that may go away by itself.
func again(ctx context.Context, does func() error, passing func(*daemon.Error) bool) error {
	for deadline := time.Now().Add(settling); ; pause(ctx, 500*time.Millisecond) {
		err := does()
		var said *daemon.Error
		if !errors.As(err, &said) || !passing(said) || ctx.Err() != nil || time.Now().After(deadline) {
			return err
		}
	}
}
