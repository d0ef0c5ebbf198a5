package testbed

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Instance is a container of a Daemon.
type Instance struct {
	Daemon
	Name string

	said strings.Builder // on its console, as far as it was asked for
}

// Launch makes and starts a container.
func (d Daemon) Launch(ctx context.Context, image, name string, options ...string) (*Instance, error) {
	args := append([]string{"launch", image, name}, options...)
	_, err := d.Run(ctx, args...)
	return &Instance{Daemon: d, Name: name}, err
}

// Address waits until the container has an IPv4 address and returns it.
func (i *Instance) Address(ctx context.Context) (string, error) {
	for {
		address, err := i.address(ctx)
		if err != nil || address != "" {
			return address, err
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("waiting for an address of %s: %w", i.Name, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (i *Instance) address(ctx context.Context) (string, error) {
	var instances []struct {
		Name   string `json:"name"`
		Status string `json:"status"`
		State  struct {
			Network map[string]struct {
				Addresses []struct{ Family, Address, Scope string }
			} `json:"network"`
		} `json:"state"`
	}
	if err := i.list(ctx, &instances, "list", i.Name, "--format", "json"); err != nil {
		return "", err
	}
	for _, instance := range instances {
		if instance.Name != i.Name {
			continue
		}
		if !strings.EqualFold(instance.Status, "running") {
			return "", fmt.Errorf("%s is %s, not running; its console:\n%s", i.Name, instance.Status, i.Console(ctx))
		}
		for _, a := range instance.State.Network["eth0"].Addresses {
			if a.Family == "inet" && a.Scope == "global" {
				return a.Address, nil
			}
		}
	}
	return "", nil
}

// gaveUp is what LXD up to 5.0.2 says when a signal for the daemon has interrupted
// its wait. The container is ending all the same.
const gaveUp = "shutting down the container failed"

// Stop asks the container to stop, as `lxc stop` does, and says how long it
// took. It is an error if the container does not within the time, whether LXD
// gives it up or not.
func (i *Instance) Stop(ctx context.Context, within time.Duration) (time.Duration, error) {
	began := time.Now()
	_, err := i.Run(ctx, "stop", i.Name, "--timeout", fmt.Sprint(int(within.Seconds())))
	if err != nil && strings.Contains(err.Error(), gaveUp) {
		err = i.ends(ctx, began.Add(within), err)
	}
	return time.Since(began), err
}

// ends waits for the container to be stopped; if it is not by then, why says why.
func (i *Instance) ends(ctx context.Context, by time.Time, why error) error {
	for time.Now().Before(by) && ctx.Err() == nil {
		state, err := i.Run(ctx, "list", "^"+i.Name+"$", "--format", "csv", "--columns", "s")
		if err != nil {
			return fmt.Errorf("%w; then %w", why, err)
		}
		if strings.TrimSpace(state) == "STOPPED" {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return why
}

// Start starts it again. When LXD has given up a stop, it calls the instance busy
// for a moment after that has stopped.
func (i *Instance) Start(ctx context.Context) error {
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		_, err := i.Run(ctx, "start", i.Name)
		if err == nil || !strings.Contains(err.Error(), "is busy") || time.Now().After(deadline) {
			return err
		}
	}
}

// Restart is `lxc restart`: a clean stop and a start. When LXD gives up the stop,
// it does not start it.
func (i *Instance) Restart(ctx context.Context, within time.Duration) error {
	began := time.Now()
	_, err := i.Run(ctx, "restart", i.Name, "--timeout", fmt.Sprint(int(within.Seconds())))
	if err == nil || !strings.Contains(err.Error(), gaveUp) {
		return err
	}
	if err := i.ends(ctx, began.Add(within), err); err != nil {
		return err
	}
	return i.Start(ctx)
}

// Console returns what the container has said since it was made, as far as the
// daemon still had it: reading empties the daemon's buffer, stopping replaces
// it.
func (i *Instance) Console(ctx context.Context) string {
	i.ConsoleNow(ctx)
	return i.said.String()
}

// ConsoleNow returns what the daemon has at this moment: what was said since
// the last time somebody asked, or since the start.
func (i *Instance) ConsoleNow(ctx context.Context) string {
	out, err := i.Run(ctx, "console", i.Name, "--show-log")
	if err != nil {
		out = err.Error()
	}
	out = strings.ReplaceAll(out, "\r\n", "\n")
	i.said.WriteString(out)
	return out
}

// Delete removes it, running or not.
func (i *Instance) Delete(ctx context.Context) error {
	_, err := i.Run(ctx, "delete", "--force", i.Name)
	return err
}
