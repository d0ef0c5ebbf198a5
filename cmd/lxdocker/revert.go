package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func revertCommand() *cobra.Command {
	o := new(updateOptions)
	cmd := &cobra.Command{
		Use:   "revert INSTANCE",
		Short: "Go back to the instance that an update has kept",
		Long: `Go back to the instance that the last update has kept as INSTANCE-old, as it was. The newer
one is kept as INSTANCE-failed, and its image is not tried again. Data in volumes is that
of now.`,
		Example: "  lxdocker revert web",
		Args:    oneInstance,
		RunE: func(cmd *cobra.Command, args []string) error {
			outliveReaders()
			u, images, err := o.updater(cmd)
			if err != nil {
				return err
			}
			defer images.builder.Display.Close()
			u.Say = func(text string) { fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", args[0], text) }
			r, err := u.Revert(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: went back from %.12s to %.12s, down for %.1f s. The newer one is kept as %s-failed\n", r.Name, r.From, r.To, r.Downtime.Seconds(), r.Name)
			return nil
		},
	}
	f := cmd.Flags()
	gateFlags(f, &o.gate)
	o.daemonFlags.register(f)
	o.registerBeside(f)
	return cmd
}
