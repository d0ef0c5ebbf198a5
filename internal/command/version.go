package command

import (
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"lxdocker/internal/version"
)

// Version prints the version of the program it is a command of.
func Version() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, and the commit it was built from",
		Args:  NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return printVersion(cmd.OutOrStdout(), cmd.Root().Name(), version.Of())
		},
	}
}

// printVersion keeps what programs may read on the first line.
func printVersion(w io.Writer, program string, b version.Build) error {
	text := fmt.Sprintf("%s %s %s/%s\n", program, b, runtime.GOOS, runtime.GOARCH)
	if b.Commit != "" {
		text += fmt.Sprintf("commit %s of %s", b.Commit, b.Time.Format(time.RFC3339))
		if b.Dirty {
			text += ", with changes that are not committed"
		}
		text += "\n"
	}
	_, err := io.WriteString(w, text+"built with "+b.Go+"\n")
	return err
}
