package command

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"lxdocker/internal/version"
)

// Man writes the man pages; packagers call it, so --help leaves it out.
func Man() *cobra.Command {
	return &cobra.Command{
		Use:    "man DIR",
		Short:  "Write the man pages into a folder",
		Hidden: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return Usagef("man takes one DIR, but was given %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fmt.Errorf("making the folder for man pages: %w", err)
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true // it would put today's date into the pages
			header := &doc.GenManHeader{Section: "1", Source: root.Name() + " " + version.String()}
			return doc.GenManTree(root, header, args[0])
		},
	}
}
