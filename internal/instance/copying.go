package instance

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
)

// Copier is a program that copies trees of files in an instance, and compares them (see the
// package replica). It needs nothing of what the instance has.
type Copier struct {
	Machine string // what it runs on, in the kernel's words, such as x86_64
	Static  bool   // it needs no libraries
	Word    string // its first argument
	Open    func() (io.ReadCloser, error)
}

// copying starts an instance without its application, copies in it, and kills it. Its mark
// says how to undo that.
func (u *Updater) copying(ctx context.Context, name string, disks daemon.Devices, places []string) error {
	return inTurn(
		func() error {
			return u.edit(ctx, name, func(i *daemon.Instance) error {
				if err := u.mine(*i); err != nil {
					return err
				}
				m, _ := markOf(*i)
				if m.Moving == nil {
					m.Moving = new(moving)
				}
				m.Moving.silence(i, disks)
				return m.on(i)
			})
		},
		func() error {
			if err := u.Daemon.Start(ctx, name); err != nil {
				return fmt.Errorf("starting %s without its application: %w", name, err)
			}
			return nil
		},
		func() error { return u.quieted(ctx, name) },
		func() error { return u.replicate(ctx, name, disks, places) },
		func() error { return u.kill(ctx, name) },
	)
}

// quieted waits until an instance runs what it is to run in place of its application.
func (u *Updater) quieted(ctx context.Context, name string) error {
	for deadline := time.Now().Add(busy); ; pause(ctx, 100*time.Millisecond) {
		if a, err := application(ctx, u.Daemon, name); err == nil && a.Status == "running" {
			argv, err := u.Daemon.ReadFile(ctx, name, "/run/lxdocker/plan/argv", most)
			if err != nil {
				return fmt.Errorf("looking what %s runs: %w", name, err)
			}
			if string(argv) != strings.Join(waits, "\x00")+"\x00" {
				return failure.Errorf(failure.Unsupported, "%s does not start without its application: attach volumes for its data first (docs/updating.md)", name)
			}
			return nil
		}
		s, err := u.Daemon.State(ctx, name)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil && s.Status == "Stopped":
			return fmt.Errorf("%s does not start without its application: it has stopped", name)
		case time.Now().After(deadline):
			return fmt.Errorf("%s does not start without its application: after %v it has not come up", name, busy)
		}
	}
}

// replicate copies from and to places in an instance. The program is in one of the volumes
// meanwhile: it removes itself first.
func (u *Updater) replicate(ctx context.Context, name string, disks daemon.Devices, places []string) error {
	program, err := u.Copier.Open()
	if err != nil {
		return fmt.Errorf("opening this program: %w", err)
	}
	defer program.Close()
	at := disks[slices.Min(slices.Collect(maps.Keys(disks)))]["path"] + "/.lxdocker-copy"
	if err := u.Daemon.WriteFile(ctx, name, at, daemon.File{Mode: 0o700}, program); err != nil {
		return fmt.Errorf("putting this program into %s: %w", name, err)
	}
	var complaints beginning
	code, err := u.Daemon.Exec(ctx, name, append([]string{at, u.Copier.Word}, places...), io.Discard, &complaints)
	if err != nil {
		return fmt.Errorf("copying in %s: %w", name, err)
	}
	if code != 0 {
		kind := failure.Internal
		if strings.Contains(complaints.text, "no space left on device") {
			kind = failure.Full
		}
		return failure.Errorf(kind, "copying in %s: exit code %d: %s", name, code, strings.TrimSpace(complaints.text))
	}
	return nil
}

// beginning keeps the beginning of what is written.
type beginning struct{ text string }

func (b *beginning) Write(p []byte) (int, error) {
	b.text += string(p[:min(len(p), most-len(b.text))])
	return len(p), nil
}

// kill ends an instance in which nothing runs that has to end in its own time.
func (u *Updater) kill(ctx context.Context, name string) error {
	if err := u.Daemon.Kill(ctx, name); err != nil && !stopped(ctx, u.Daemon, name, time.Now()) {
		return fmt.Errorf("killing %s: %w", name, err)
	}
	return nil
}
