package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"lxdocker/internal/command"
	"lxdocker/internal/config"
	"lxdocker/internal/settings"
)

func configCommand(said *config.Program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show and check the settings of both programs",
		Long: `Show and check the settings of lxdocker and imgserver.

` + config.Precedence,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return command.Unknown(cmd, args[0], "say show, check or schema")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	check := &cobra.Command{
		Use:   "check",
		Short: "Say what is wrong with the settings",
		Long: `Say what is wrong with the file of settings and the environment, each mistake with its
place. "imgserver check-config" also finds what imgserver cannot do with them.`,
		Example: `  lxdocker config check
  lxdocker config check --config new.yaml`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return said.Right(cmd) },
	}
	schema := &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON schema of the file of settings, for editors",
		Example: `  lxdocker config schema > config.schema.json
  # and as the first line of the file:
  # yaml-language-server: $schema=./config.schema.json`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(said.Schema())
			return err
		},
	}
	cmd.AddCommand(showCommand(said), check, schema)
	return cmd
}

func showCommand(said *config.Program) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Print what counts, and where each value is from",
		Long: `Print all settings of both programs that are not said of single commands, with their values
and where these are from: default, FILE:LINE, environment NAME, or flag --NAME, as this command
takes all these flags, too. What is said of single commands comes last.

The environment of imgserver may be another one than that of this command.`,
		Example: `  lxdocker config show
  lxdocker config show --json`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := said.Show(cmd)
			if err != nil {
				return err
			}
			if asJSON {
				out := json.NewEncoder(cmd.OutOrStdout())
				out.SetIndent("", "  ")
				return out.Encode(all)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "SETTING\tVALUE\tFROM")
			for _, s := range all {
				fmt.Fprintf(w, "%s\t%s\t%s\n", s.Setting, s.Text(), s.From)
			}
			return w.Flush()
		},
	}
	new(config.ServeFlags).Register(cmd.Flags())
	cmd.Flags().VisitAll(settings.Hide)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the settings as JSON")
	return cmd
}
