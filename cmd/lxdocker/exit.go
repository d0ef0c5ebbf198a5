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

// notInterrupted lists the errors joined in err that are not the interruption: what could not be undone.
func notInterrupted(err error) (others []error) {
	switch e := err.(type) {
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			if errors.Is(one, context.Canceled) {
				others = append(others, notInterrupted(one)...)
			} else {
				others = append(others, one)
			}
		}
	case interface{ Unwrap() error }:
		return notInterrupted(e.Unwrap())
	}
	return others
}

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
		for _, other := range notInterrupted(err) {
			fmt.Fprintln(stderr, "lxdocker:", other)
		}
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
