package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"lxdocker/internal/command"
	"lxdocker/internal/daemon"
	"lxdocker/internal/instance"
)

// oneInstance and someInstances check the arguments of commands about instances.
func oneInstance(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return command.Usagef("%s takes the name of one INSTANCE, but was given %d", cmd.Name(), len(args))
	}
	return nil
}

func someInstances(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return command.Usagef("%s takes the names of INSTANCES", cmd.Name())
	}
	return nil
}

// onInstances completes a command that does something to each instance that is named. One
// that fails does not keep it from the others.
func onInstances(cmd *cobra.Command, do func(ctx context.Context, d *daemon.Client, name string, out io.Writer) error) *cobra.Command {
	var of daemonFlags
	of.register(cmd.Flags())
	cmd.Args = someInstances
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		d, err := of.connect(cmd.Context())
		if err != nil {
			return err
		}
		var errs []error
		for _, name := range args {
			errs = append(errs, do(cmd.Context(), d, name, cmd.OutOrStdout()))
		}
		return errors.Join(errs...)
	}
	return cmd
}

func stopCommand() *cobra.Command {
	var within int
	cmd := onInstances(&cobra.Command{
		Use:   "stop INSTANCE...",
		Short: "Stop instances, and say how their applications ended",
		Long: `Stop instances: the application gets its stop signal, and has its stop timeout to end. Says
how it ended.`,
		Example: "  lxdocker stop web",
	}, func(ctx context.Context, d *daemon.Client, name string, out io.Writer) error {
		if err := instance.Stop(ctx, d, name, time.Duration(within)*time.Second); err != nil {
			return err
		}
		return sayEnd(ctx, d, name, out)
	})
	cmd.Flags().IntVarP(&within, "time", "t", 0, "kill what has not ended after so many `SECONDS` (default: when its own timeout is over)")
	return cmd
}

// sayEnd prints how an instance has ended.
func sayEnd(ctx context.Context, d *daemon.Client, name string, out io.Writer) error {
	e, known, err := instance.LastExit(ctx, d, name)
	switch {
	case daemon.NotFound(err): // it was made to go away at its end
		fmt.Fprintln(out, name)
	case err != nil:
		return err
	case known:
		fmt.Fprintf(out, "%s: exit code %d\n", name, e.Code)
	default:
		fmt.Fprintf(out, "%s: stopped\n", name)
	}
	return nil
}

func startCommand() *cobra.Command {
	return onInstances(&cobra.Command{
		Use:     "start INSTANCE...",
		Short:   "Start instances that were stopped",
		Example: "  lxdocker start web",
	}, func(ctx context.Context, d *daemon.Client, name string, out io.Writer) error {
		if err := d.Start(ctx, name); err != nil {
			return fmt.Errorf("starting %s: %w", name, err)
		}
		fmt.Fprintln(out, name)
		return nil
	})
}

func restartCommand() *cobra.Command {
	return onInstances(&cobra.Command{
		Use:     "restart INSTANCE...",
		Short:   "Stop instances, and start them again",
		Example: "  lxdocker restart web",
	}, func(ctx context.Context, d *daemon.Client, name string, out io.Writer) error {
		if err := instance.Stop(ctx, d, name, 0); err != nil {
			return err
		}
		if err := d.Start(ctx, name); err != nil {
			return fmt.Errorf("starting %s: %w", name, err)
		}
		fmt.Fprintln(out, name)
		return nil
	})
}
