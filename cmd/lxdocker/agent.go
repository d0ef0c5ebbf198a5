package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"lxdocker/internal/agent"
	"lxdocker/internal/command"
	"lxdocker/internal/config"
	"lxdocker/internal/instance"
)

type agentOptions struct {
	conversionOptions
	daemonFlags
	config.AgentFlags
	gate instance.Gate
	once bool
	dry  bool
}

func agentCommand(said *config.Program) *cobra.Command {
	o := new(agentOptions)
	cmd := &cobra.Command{
		Use:   "agent",
		Short: "Update instances unattended, as a service",
		Long: `Look again and again which instances have a newer image, and update those whose policy
says so, as ` + "`lxdocker update`" + ` does: one after the other, in windows, and so that those which
need another one stop before it and start after it. After an update that failed or went
back, the rest waits for the next window.

The policy of an instance, also of a profile, is user.lxdocker.update: off, notify or auto.

SIGHUP reads the settings again. With SIGTERM, no update begins any more; one that has begun
comes to its end, or is undone after two minutes or at the second signal.

Exit codes of --once: 0 success, 1 the instances could not be seen, 3 an update has failed or
went back.`,
		Example: `  lxc config set web user.lxdocker.update auto
  lxdocker agent --dry-run
  lxdocker agent --window '02:00-05:00 Europe/Berlin' --min-age 48h --webhook https://hooks.example.org/updates`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd, said) },
	}
	o.flags(cmd.Flags())
	return cmd
}

func (o *agentOptions) flags(f *pflag.FlagSet) {
	o.AgentFlags.Register(f)
	f.BoolVar(&o.once, "once", false, "look once, and end")
	f.BoolVar(&o.dry, "dry-run", false, "look once, fetch images, and only say what would be done")
	gateFlags(f, &o.gate)
	o.daemonFlags.register(f)
	o.registerBeside(f)
}

func (o *agentOptions) run(cmd *cobra.Command, said *config.Program) error {
	if err := o.Check(); err != nil {
		return err
	}
	s, err := newAgentService(o, cmd, said)
	if err != nil {
		return err
	}
	defer s.close()
	ctx, work, stop := s.signals()
	defer stop()
	if !o.once && !o.dry {
		s.manager.Ready()
		s.agent.Run(ctx, work)
		return nil
	}
	bad, err := s.agent.Look(ctx, work, o.dry)
	if err != nil {
		return err
	}
	printAgent(cmd.OutOrStdout(), s.agent.State)
	if bad {
		return errNeedsPerson
	}
	return nil
}

// printAgent prints what the agent knows of each instance.
func printAgent(w io.Writer, s agent.State) {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "NAME\tPOLICY\tSTATUS\tRUNS\tNEWER\tWHY")
	for _, e := range s.Instances {
		why := e.Why
		if !e.Until.IsZero() {
			why += fmt.Sprintf(" (%s)", e.Until.Format("2006-01-02 15:04 MST"))
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%.12s\t%.12s\t%s\n", e.Name, e.Policy, e.Status, e.Fingerprint, e.Available, why)
	}
	out.Flush()
}

// within is the instance that this program runs in; "" if it runs in none.
func within() string {
	for _, socket := range []string{"/dev/lxd/sock", "/dev/incus/sock"} {
		if _, err := os.Stat(socket); !errors.Is(err, os.ErrNotExist) {
			name, _ := os.Hostname() // instances have their names
			return name
		}
	}
	return ""
}
