package main

import (
	"github.com/spf13/cobra"

	"lxdocker/internal/command"
	"lxdocker/internal/spec"
)

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON schema of specs, for editors",
		Example: `  lxdocker schema > lxdocker.schema.json
  # and as the first line of a spec:
  # yaml-language-server: $schema=./lxdocker.schema.json`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(spec.Schema())
			return err
		},
	}
}
