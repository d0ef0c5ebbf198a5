package command

import (
	"fmt"

	"github.com/spf13/cobra"
)

// UsageError is a mistake in how the program was called: exit code 2.
type UsageError struct{ Err error }

func (e UsageError) Error() string { return e.Err.Error() }

// Unwrap gives the mistake itself.
func (e UsageError) Unwrap() error { return e.Err }

// Usagef makes a UsageError, as fmt.Errorf does.
func Usagef(format string, args ...any) error { return UsageError{fmt.Errorf(format, args...)} }

// NoArgs refuses arguments; it is cobra's, as a usage error.
func NoArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return Usagef("%s takes no arguments, but was given %q", cmd.CommandPath(), args)
	}
	return nil
}
