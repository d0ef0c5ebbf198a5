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

// The exit codes, as --help documents them.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitSomeFailed  = 3
	exitInterrupted = 130
)

// errSomeFailed ends a run in which some images failed; the summary has said which.
var errSomeFailed = errors.New("some images failed")

// exitCode says err to stderr and gives the code for it.
func exitCode(ctx context.Context, err error, stderr io.Writer) int {
	var usage command.UsageError
	var ambiguous *admin.AmbiguousError
	var wrong diag.Diagnostics
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "lxdocker: interrupted; nothing half-made was published")
		return exitInterrupted
	case errors.Is(err, errSomeFailed):
		return exitSomeFailed
	case errors.As(err, &wrong):
		fmt.Fprintln(stderr, strings.TrimRight(wrong.Error(), "\n"))
		return exitUsage
	case errors.As(err, &usage), errors.As(err, &ambiguous):
		fmt.Fprintf(stderr, "lxdocker: %v\nRun `lxdocker --help` for how it is called.\n", err)
		return exitUsage
	}
	fmt.Fprintln(stderr, "lxdocker:", err)
	return exitFailed
}
