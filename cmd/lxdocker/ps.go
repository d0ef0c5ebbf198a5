package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
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
they were made. DIGEST is that of the OCI image.`,
		Example: `  lxdocker ps -a
  lxdocker ps --all-remotes --json`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			addresses, err := of.addresses(everywhere)
			if err != nil {
				return err
			}
			listed := []instance.Listed{}
			var errs []error
			for _, a := range addresses {
				d, err := daemon.Connect(cmd.Context(), a)
				if err == nil {
					var here []instance.Listed
					here, err = instance.List(cmd.Context(), d, all)
					listed = append(listed, here...)
				}
				errs = append(errs, err)
			}
			if asJSON {
				out := json.NewEncoder(cmd.OutOrStdout())
				out.SetIndent("", "  ")
				return errors.Join(append(errs, out.Encode(listed))...)
			}
			printInstances(cmd.OutOrStdout(), listed, len(addresses) > 1, time.Now())
			return errors.Join(errs...)
		},
	}
	f := cmd.Flags()
	of.register(f)
	f.BoolVarP(&all, "all", "a", false, "list those that do not run, too")
	f.BoolVar(&everywhere, "all-remotes", false, "ask every daemon that lxc and incus have configured")
	f.BoolVar(&asJSON, "json", false, "print everything as JSON")
	return cmd
}

func printInstances(w io.Writer, listed []instance.Listed, several bool, now time.Time) {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	head := "NAME\tIMAGE\tDIGEST\tSTATE\tHEALTH\tRESTARTS\tPORTS\n"
	if several {
		head = "DAEMON\t" + head
	}
	fmt.Fprint(out, head)
	for _, l := range listed {
		if several {
			fmt.Fprintf(out, "%s\t", l.Daemon)
		}
		digest := strings.TrimPrefix(l.Digest, "sha256:")
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%d\t%s\n", l.Name, l.Reference, digest[:min(12, len(digest))], stateOf(l, now), l.Health, l.Restarts, strings.Join(l.Ports, ", "))
	}
	out.Flush()
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
