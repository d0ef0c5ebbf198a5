package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"lxdocker/internal/daemon"
	"lxdocker/internal/instance"
	"lxdocker/internal/terminal"
)

// follow shows the application's output until its end, which is that of this program. If
// nobody takes the output any more, as in `… | head -1`, the application is asked to end.
func (o *runOptions) follow(cmd *cobra.Command, d *daemon.Client, made instance.Created) error {
	ctx := cmd.Context()
	stdout, stderr := unchanged(cmd.OutOrStdout()), unchanged(cmd.ErrOrStderr())
	stopping := context.WithoutCancel(ctx)
	asked := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() { asked <- instance.Stop(stopping, d, made.Name, 0) })
	end, known, err := instance.Follow(stopping, d, made.Name, stdout, stderr)
	var after error
	if !stop() {
		after = <-asked
	} else if errors.Is(err, instance.ErrOutput) {
		after = instance.Stop(stopping, d, made.Name, 0)
	}
	if o.Remove {
		after = errors.Join(after, made.Discard(stopping, d))
	}
	switch {
	case errors.Is(err, syscall.EPIPE) && after == nil:
		return exitedError(128 + int(syscall.SIGPIPE)) // as every program in a pipe that has burst
	case err != nil || after != nil:
		return errors.Join(err, after)
	case !known:
		return fmt.Errorf("%s was ended without a word: nobody knows its exit code", made.Name)
	case end.Code != 0:
		return exitedError(end.Code)
	}
	return nil
}

// exitedError is how an application has ended, which is how this program ends.
type exitedError int

func (e exitedError) Error() string {
	return fmt.Sprintf("the application ended with exit code %d", int(e))
}

// unchanged is where the output of an application goes: as it is, unless a terminal shows
// it, which it might control.
func unchanged(w io.Writer) io.Writer {
	if onTerminal(w) {
		return w
	}
	return terminal.Below(w)
}

// outliveReaders has writing to a pipe that nobody reads any more fail, in place of ending
// the program: what was begun with an instance is brought to an end.
func outliveReaders() { signal.Ignore(syscall.SIGPIPE) }
