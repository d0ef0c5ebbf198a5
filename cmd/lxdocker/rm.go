package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"lxdocker/internal/daemon"
	"lxdocker/internal/instance"
)

func rmCommand() *cobra.Command {
	var force, volumes bool
	cmd := onInstances(&cobra.Command{
		Use:   "rm INSTANCE...",
		Short: "Remove instances",
		Long: `Remove instances that do not run. The volumes that lxdocker run made for those of the image
stay, unless -v says otherwise; those that you named always stay.`,
		Example: "  lxdocker rm -f -v web",
	}, func(ctx context.Context, d *daemon.Client, name string, out io.Writer) error {
		removed, err := instance.Remove(ctx, d, name, force, volumes)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, name)
		for _, volume := range removed {
			fmt.Fprintln(out, "volume", volume)
		}
		return nil
	})
	f := cmd.Flags()
	f.BoolVarP(&force, "force", "f", false, "kill instances that run")
	f.BoolVarP(&volumes, "volumes", "v", false, "remove the volumes of the image, too")
	return cmd
}
