package main

import (
	"errors"
	"fmt"
	"io"

	"lxdocker/internal/command"
	"lxdocker/internal/server"
	"lxdocker/internal/spec/diag"
)

// exitCode says err to stderr and gives the code for it.
func exitCode(err error, stderr io.Writer) int {
	var wrong diag.Diagnostics
	switch {
	case err == nil:
		return command.ExitOK
	case errors.Is(err, server.ErrCutOff):
		fmt.Fprintf(stderr, "imgserver: %v\n", err)
		return command.ExitInterrupted
	}
	if errors.As(err, &wrong) {
		fmt.Fprintln(stderr, wrong.Error())
		return command.ExitUsage
	}
	return command.Report("imgserver", err, stderr)
}
