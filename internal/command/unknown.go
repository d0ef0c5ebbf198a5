package command

import (
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"lxdocker/internal/spec/diag"
)

// Unknown is the error for a word where a command should be. otherwise is said if the
// word is like no command; it may be "".
func Unknown(cmd *cobra.Command, word, otherwise string) error {
	switch near := Near(cmd, word); {
	case near != "":
		return Usagef("unknown command %s: did you mean %s?", word, near)
	case otherwise != "":
		return Usagef("unknown command %s: %s", word, otherwise)
	}
	return Usagef("unknown command %s", word)
}

// Near is the command of a program that somebody probably meant, or "".
func Near(cmd *cobra.Command, word string) string {
	var names []string
	for _, c := range cmd.Root().Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return diag.Nearest(word, names)
}

// Words makes a program say which commands and flags it does not know, and which ones
// may have been meant. It is called when the program has all its commands.
func Words(root *cobra.Command) {
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		var unknown *pflag.NotExistError
		if errors.As(err, &unknown) {
			var names []string
			cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
			if near := diag.Nearest(unknown.GetSpecifiedName(), names); near != "" {
				return Usagef("%w: did you mean --%s?", err, near)
			}
		}
		return UsageError{Err: ofFlag(err)}
	})
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		if c.Name() != "help" {
			continue
		}
		show := c.Run
		c.Run, c.RunE = nil, func(cmd *cobra.Command, args []string) error {
			if found, _, err := root.Find(args); len(args) > 0 && (err != nil || found == root) {
				return Unknown(cmd, args[0], "")
			}
			show(cmd, args)
			return nil
		}
	}
}
