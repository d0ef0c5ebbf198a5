package instance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"lxdocker/internal/daemon"
)

// longest is how long a stop may take if nobody says: the guest kills an application that
// does not end in its own time, 90 seconds by default.
const longest = 10 * time.Minute

// Stop asks an instance to stop, waits until it has, and kills it if it takes longer than
// within, unless that is 0.
func Stop(ctx context.Context, d *daemon.Client, name string, within time.Duration) error {
	patience := within
	if within == 0 {
		patience = longest
	}
	deadline := time.Now().Add(patience)
	err := d.Stop(ctx, name, patience)
	// A daemon that was restarted meanwhile starts what it finds stopped, as it ran before.
	for daemon.Away(err) && time.Now().Before(deadline) {
		pause(ctx, time.Second)
		err = d.Stop(ctx, name, max(time.Until(deadline), time.Second))
	}
	if err == nil || ctx.Err() != nil {
		return err
	}
	if daemon.NotFound(err) {
		return fmt.Errorf("stopping %s: %w", name, err)
	}
	if strings.Contains(err.Error(), "already stopped") {
		return nil
	}
	// LXD 5.0 gives up for reasons of its own while the instance ends all the same.
	if stopped(ctx, d, name, deadline) {
		return nil
	}
	if within == 0 || ctx.Err() != nil {
		return fmt.Errorf("stopping %s: %w", name, errors.Join(err, ctx.Err()))
	}
	if err := d.Kill(ctx, name); err != nil && !stopped(ctx, d, name, time.Now()) {
		return fmt.Errorf("killing %s: %w", name, err)
	}
	return nil
}

// stopped waits until an instance has stopped, or is gone.
func stopped(ctx context.Context, d *daemon.Client, name string, deadline time.Time) bool {
	for {
		s, err := d.State(ctx, name)
		if daemon.NotFound(err) || err == nil && s.Status == "Stopped" {
			return true
		}
		if ctx.Err() != nil || time.Now().After(deadline) {
			return false
		}
		pause(ctx, 200*time.Millisecond)
	}
}

// pause waits, at most until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// Remove removes an instance: one that runs only with force, and with volumes also those
// that were made for its image's own. It returns what it has removed besides.
func Remove(ctx context.Context, d *daemon.Client, name string, force, volumes bool) (removed []string, err error) {
	i, err := d.Instance(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("removing %s: %w", name, err)
	}
	if i.Running() && !force {
		return nil, fmt.Errorf("removing %s: it is running: stop it first, or use --force", name)
	}
	if i.Running() {
		if err := d.Kill(ctx, name); err != nil && !stopped(ctx, d, name, time.Now()) {
			return nil, fmt.Errorf("killing %s: %w", name, err)
		}
	}
	if err := d.Delete(ctx, name); err != nil && !daemon.NotFound(err) {
		return nil, fmt.Errorf("removing %s: %w", name, err)
	}
	if !volumes {
		return nil, nil
	}
	for _, volume := range strings.Fields(i.Config[KeyVolumes]) {
		pool := poolOfVolume(i.Devices, volume)
		if pool == "" {
			continue // a person has detached it
		}
		v, err := d.Volume(ctx, pool, volume)
		switch {
		case daemon.NotFound(err):
			continue
		case err != nil:
			return removed, fmt.Errorf("removing the volume %s: %w", volume, err)
		case len(v.UsedBy) > 0:
			continue // by another instance, such as the one before an update
		case v.Config[keyInstance] == "":
			continue // one of a person, who has given it the same name in another pool
		}
		if err := d.DeleteVolume(ctx, pool, volume); err != nil {
			return removed, fmt.Errorf("removing the volume %s: %w", volume, err)
		}
		removed = append(removed, volume)
	}
	return removed, nil
}

func poolOfVolume(devices daemon.Devices, volume string) string {
	for _, device := range devices {
		if device["type"] == "disk" && device["source"] == volume {
			return device["pool"]
		}
	}
	return ""
}
