package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"lxdocker/test/testbed"
)

// patience is how long anything may take.
const patience = 90 * time.Second

// round is a start, some work and a stop of one container, again and again.
type round struct {
	app   app
	d     testbed.Daemon
	name  string
	count *counts
	i     *testbed.Instance
	n     int
}

func (r *round) launch(ctx context.Context) (err error) {
	if _, err = r.d.Run(ctx, "init", "stops-"+r.app.name, r.name); err != nil {
		return err
	}
	r.i = &testbed.Instance{Daemon: r.d, Name: r.name}
	return nil
}

// one is a round. An error is one that makes further rounds useless.
func (r *round) one(ctx context.Context) error {
	r.n++
	if err := r.start(ctx); err != nil {
		return err
	}
	address, err := r.works(ctx)
	if err != nil {
		return err
	}
	r.exec(ctx)
	written, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := r.app.write(written, r.i, address, r.n); err != nil {
		return fmt.Errorf("writing to %s on %s: %w", r.name, r.d.Name, err)
	}
	with := ""
	if r.app.client != nil && r.n%2 == 0 {
		with = " beside a client of lxc exec"
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			_, _ = r.lxcExec(ctx, r.app.client...) // it is cut off
		}()
		defer func() { cancel(); <-gone }()
		time.Sleep(2 * time.Second) // until it runs
	}
	return r.stop(ctx, with)
}

// start starts it; one that hangs is looked at.
func (r *round) start(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := r.i.Start(limited)
	switch {
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		r.count.add("start hung", fmt.Errorf("%w\n%s", err, look(r.name)))
	case err != nil:
		r.count.add("start failed", err)
	default:
		r.count.add("started", nil)
	}
	return err
}

// works waits until the application answers, and sees whether it has what was
// written before.
func (r *round) works(ctx context.Context) (address string, err error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if address, err = r.i.Address(limited); err != nil {
		return "", err
	}
	var got int
	for {
		if got, err = r.app.read(limited, r.i, address); err == nil {
			break
		}
		select {
		case <-limited.Done():
			return "", fmt.Errorf("%s on %s does not answer: %w", r.name, r.d.Name, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
	if got != r.n-1 {
		r.count.add("data lost", fmt.Errorf("%s has %d, not %d", r.name, got, r.n-1))
	}
	if r.app.recovers != "" && strings.Contains(r.i.ConsoleNow(limited), r.app.recovers) {
		r.count.add("recovered", fmt.Errorf("%s says %q", r.name, r.app.recovers))
	}
	return address, nil
}

// exec runs something short, and sees whether its output arrives.
func (r *round) exec(ctx context.Context) {
	for name, run := range map[string]func(context.Context, ...string) (string, error){"lxc exec": r.lxcExec, "exec by the API": r.i.Exec} {
		limited, cancel := context.WithTimeout(ctx, patience)
		out, err := run(limited, "/busybox-lxd", "echo", "hello")
		cancel()
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			r.count.add(name+" hung", err)
		case err != nil:
			r.count.add(name+" failed", err)
		case out == "hello\n":
			r.count.add(name, nil)
		default:
			r.count.add(fmt.Sprintf("%s printed %q", name, out), nil)
		}
	}
}

func (r *round) lxcExec(ctx context.Context, argv ...string) (string, error) {
	return r.d.Run(ctx, append([]string{"exec", r.name, "--"}, argv...)...)
}

// stop stops it, in turns with a limit and without, and says how that ended.
func (r *round) stop(ctx context.Context, with string) error {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	args := []string{"stop", r.name}
	if r.n/2%2 == 0 {
		args = append(args, "--timeout", "60")
	}
	began := time.Now()
	_, err := r.d.Run(limited, args...)
	after := time.Since(began)
	ended := r.ends(limited)
	text := r.left(limited)
	name := "stopped"
	switch {
	case ended != nil:
		r.count.add("not stopped"+with, errors.Join(err, ended, errors.New(look(r.name)), errors.New(text)))
		return ended
	case strings.Contains(text, "killing") || strings.Contains(text, "killed by") || !strings.Contains(text, r.app.closed):
		r.count.add("killed"+with, fmt.Errorf("%s says %v and %q", r.name, err, text))
		return nil
	case err != nil && strings.Contains(err.Error(), "shutting down the container failed"):
		name = "given up by the daemon, then stopped"
		fmt.Printf("%s: %s after %v: %v\n", r.d.Name, r.name, after.Round(time.Millisecond), err)
	case err != nil:
		name = "stopped, and an error"
		fmt.Printf("%s: %s after %v: %v\n", r.d.Name, r.name, after.Round(time.Millisecond), err)
	}
	r.count.add(name+" in order"+with, nil)
	r.count.took(r.app.name, time.Since(began))
	return nil
}

// left is what it has left on its console. That is there a moment after the end.
func (r *round) left(ctx context.Context) (text string) {
	for range 50 {
		if text = r.i.ConsoleNow(ctx); strings.Contains(text, "ended: ") {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	return text
}

// ends waits until it is stopped.
func (r *round) ends(ctx context.Context) error {
	for {
		state, err := r.d.Run(ctx, "list", "^"+r.name+"$", "--format", "csv", "--columns", "s")
		if strings.TrimSpace(state) == "STOPPED" {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s on %s is %q: %w", r.name, r.d.Name, strings.TrimSpace(state), errors.Join(err, ctx.Err()))
		case <-time.After(100 * time.Millisecond):
		}
	}
}
