package command

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"lxdocker/internal/version"
)

// Version prints the version of the program it is a command of.
func Version() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  NoArgs,
		Run: func(cmd *cobra.Command, _ []string) {
			fmt.Fprintf(cmd.OutOrStdout(), "%s %s %s/%s\n", cmd.Root().Name(), version.Version, runtime.GOOS, runtime.GOARCH)
		},
	}
}
