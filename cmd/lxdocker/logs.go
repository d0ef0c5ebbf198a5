package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"lxdocker/internal/instance"
)

func logsCommand() *cobra.Command {
	var of daemonFlags
	var o instance.LogOptions
	cmd := &cobra.Command{
		Use:   "logs INSTANCE",
		Short: "Show what an instance has printed, whether it runs or not",
		Example: `  lxdocker logs -f web
  lxdocker logs --since 10m --tail 100 web`,
		Args: oneInstance,
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := of.connect(cmd.Context())
			if err != nil {
				return err
			}
			err = instance.Logs(cmd.Context(), d, args[0], o, unchanged(cmd.OutOrStdout()), unchanged(cmd.ErrOrStderr()))
			if o.Follow && errors.Is(err, context.Canceled) {
				return nil // Ctrl-C is how one stops looking
			}
			return err
		},
	}
	f := cmd.Flags()
	of.register(f)
	f.BoolVarP(&o.Follow, "follow", "f", false, "show what is printed from now on, too")
	f.BoolVarP(&o.Timestamps, "timestamps", "t", false, "begin each line with its time")
	f.StringVar(&o.Since, "since", "", "only lines since `WHEN`: 90s, 10m, 2h, 3d, or a time in UTC like 2026-11-29T15:30")
	f.StringVarP(&o.Tail, "tail", "n", "", "only the last `N` lines")
	return cmd
}
