package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"lxdocker/internal/command"
	"lxdocker/internal/daemon"
	"lxdocker/internal/instance"
)

func psCommand() *cobra.Command {
	var of daemonFlags
	var all, everywhere, asJSON bool
	cmd := &cobra.Command{
		Use:   "ps",
		Short: "List the instances that run an image of lxdocker",
		Long: `List the instances of LXD and Incus on this machine that run an image of lxdocker, however
they were made. DIGEST is that of the OCI image; NEWER is that of a newer one of the same
name, if the daemon has one.

If a daemon cannot be asked, the others are shown, and the exit code is 3.`,
		Example: `  lxdocker ps -a
  lxdocker ps --all-remotes --json`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			look := of.everywhere
			if !everywhere {
				look = of.one
			}
			addresses, errs := look()
			listed, more := listAll(cmd.Context(), addresses, all)
			errs = append(errs, more...)
			if asJSON {
				out := json.NewEncoder(cmd.OutOrStdout())
				out.SetIndent("", "  ")
				if err := out.Encode(listed); err != nil {
					return err
				}
			} else if len(more) < len(addresses) {
				printInstances(cmd.OutOrStdout(), listed, len(addresses) > 1, time.Now())
			}
			if len(errs) == 0 || cmd.Context().Err() != nil || len(more) == len(addresses) {
				return errors.Join(errs...)
			}
			for _, err := range errs {
				fmt.Fprintln(cmd.ErrOrStderr(), "lxdocker:", err)
			}
			return errSomeFailed
		},
	}
	f := cmd.Flags()
	of.register(f)
	f.BoolVarP(&all, "all", "a", false, "list those that do not run, too")
	f.BoolVar(&everywhere, "all-remotes", false, "ask every daemon that lxc and incus have configured")
	f.BoolVar(&asJSON, "json", false, "print everything as JSON")
	return cmd
}

// mostWait is how long a daemon may take to say that it is there: others are shown then.
const mostWait = 30 * time.Second

// listAll asks all daemons at once, and returns what they say in their order, and what is
// wrong with those that say nothing.
func listAll(ctx context.Context, addresses []daemon.Address, all bool) ([]instance.Listed, []error) {
	parts, wrong := make([][]instance.Listed, len(addresses)), make([]error, len(addresses))
	var asking sync.WaitGroup
	for n, a := range addresses {
		asking.Go(func() {
			within, stop := context.WithTimeout(ctx, mostWait)
			defer stop()
			d, err := daemon.Connect(within, a)
			if err == nil {
				parts[n], err = instance.List(ctx, d, all)
			} else if ctx.Err() == nil && within.Err() != nil {
				err = fmt.Errorf("it has not answered for %v", mostWait)
			}
			if err != nil && len(addresses) > 1 {
				err = fmt.Errorf("%s: %w", a.Name, err)
			}
			wrong[n] = err
		})
	}
	asking.Wait()
	listed := []instance.Listed{}
	for _, part := range parts {
		listed = append(listed, part...)
	}
	return listed, slices.DeleteFunc(wrong, func(err error) bool { return err == nil })
}

func printInstances(w io.Writer, listed []instance.Listed, several bool, now time.Time) {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	head := "NAME\tIMAGE\tDIGEST\tNEWER\tSTATE\tHEALTH\tRESTARTS\tPORTS\n"
	if several {
		head = "DAEMON\t" + head
	}
	fmt.Fprint(out, head)
	for _, l := range listed {
		if several {
			fmt.Fprintf(out, "%s\t", l.Daemon)
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\n", l.Name, l.Reference, shortDigest(l.Digest), newerThan(l), stateOf(l, now), l.Health, l.Restarts, strings.Join(l.Ports, ", "))
	}
	out.Flush()
}

func shortDigest(digest string) string {
	digest = strings.TrimPrefix(digest, "sha256:")
	return digest[:min(12, len(digest))]
}

// newerThan is the newer image that the daemon has for an instance, if any.
func newerThan(l instance.Listed) string {
	switch {
	case l.Newer == nil:
		return ""
	case l.Newer.Refused:
		return shortDigest(l.Newer.Digest) + " (refused)"
	case l.Newer.Digest == l.Digest: // the same image, made by another lxdocker
		return "made anew"
	}
	return shortDigest(l.Newer.Digest)
}

// stateOf is what an instance does, and since when, or how it ended.
func stateOf(l instance.Listed, now time.Time) string {
	switch {
	case l.StartedAt != nil:
		return l.State + " " + ago(now.Sub(*l.StartedAt))
	case l.ExitCode != nil:
		return fmt.Sprintf("%s (%d)", l.State, *l.ExitCode)
	}
	return l.State
}

// ago is a duration in its largest unit.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", max(0, int(d.Seconds())))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}
