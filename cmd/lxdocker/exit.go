package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"lxdocker/internal/admin"
	"lxdocker/internal/command"
	"lxdocker/internal/spec/diag"
)

// errSomeFailed ends a run in which some images failed; the summary has said which.
var errSomeFailed = errors.New("some images failed")

// toldError is what a display has said already.
type toldError struct{ error }

func (e toldError) Unwrap() error { return e.error }

// exitCode says err to stderr and gives the code for it.
func exitCode(ctx context.Context, err error, stderr io.Writer) int {
	var ambiguous *admin.AmbiguousError
	var wrong diag.Diagnostics
	var exited exitedError
	switch {
	case err == nil:
		return command.ExitOK
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "lxdocker: interrupted; nothing half-made was published")
		return command.ExitInterrupted
	case errors.As(err, &exited):
		return int(exited)
	case errors.As(err, new(toldError)):
		return command.ExitFailed
	case errors.Is(err, errSomeFailed), errors.Is(err, errNeedsPerson):
		return command.ExitNeedsPerson
	case errors.As(err, &wrong):
		fmt.Fprintln(stderr, strings.TrimRight(wrong.Error(), "\n"))
		return command.ExitUsage
	case errors.As(err, &ambiguous):
		err = command.UsageError{Err: err}
	}
	return command.Report("lxdocker", err, stderr)
}
