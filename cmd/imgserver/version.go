package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"lxdocker/internal/version"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArgs,
		Run: func(cmd *cobra.Command, _ []string) {
			fmt.Fprintf(cmd.OutOrStdout(), "imgserver %s %s/%s\n", version.Version, runtime.GOOS, runtime.GOARCH)
		},
	}
}
