package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"lxdocker/internal/command"
	"lxdocker/internal/config"
)

func checkConfigCommand(said *config.Program) *cobra.Command {
	o := new(config.ServeFlags)
	cmd := &cobra.Command{
		Use:   "check-config",
		Short: "Say what is wrong with the settings, without serving",
		Long: `Say what is wrong with the file of settings and the environment, each mistake with its
place; also with flags, if there are any, and what is wrong with the policy of --trust.
Nothing is served, and no running server is told.`,
		Example: `  imgserver check-config && systemctl reload imgserver
  imgserver check-config --config new.yaml`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.Check(); err != nil {
				return err
			}
			note, err := o.CheckTrust()
			if err != nil {
				return err
			}
			if note != "" {
				fmt.Fprintln(cmd.OutOrStdout(), note)
			}
			if err := checkACME(o, cmd.OutOrStdout()); err != nil {
				return err
			}
			return said.Right(cmd)
		},
	}
	o.Register(cmd.Flags())
	return cmd
}
