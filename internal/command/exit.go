package command

import (
	"errors"
	"fmt"
	"io"

	"lxdocker/internal/durable"
)

// The exit codes of both programs, as --help documents them.
const (
	ExitOK          = 0
	ExitFailed      = 1 // whatever the failure.Kind (docs/adr/0014-exit-codes-know-no-kinds.md)
	ExitUsage       = 2 // in how the program was called, or in a spec
	ExitNeedsPerson = 3 // some images of a run failed, or all; or trying again mends nothing until a person has changed something
	ExitInterrupted = 130
)

// Report says to stderr why a program failed, and gives its exit code.
func Report(program string, err error, stderr io.Writer) int {
	err = durable.ExplainSpace(err)
	var usage UsageError
	if errors.As(err, &usage) {
		fmt.Fprintf(stderr, "%s: %v\nRun `%s --help` for how it is called.\n", program, err, program)
		return ExitUsage
	}
	fmt.Fprintf(stderr, "%s: %v\n", program, err)
	return ExitFailed
}
