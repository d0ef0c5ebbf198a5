package main

import (
	"errors"
	"fmt"
	"io"

	"lxdocker/internal/command"
	"lxdocker/internal/server"
)

// The exit codes, as --help documents them.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// exitCode says err to stderr and gives the code for it.
func exitCode(err error, stderr io.Writer) int {
	var usage command.UsageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, server.ErrCutOff):
		fmt.Fprintf(stderr, "imgserver: %v\n", err)
		return exitInterrupted
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "imgserver: %v\nRun `imgserver --help` for how it is called.\n", err)
		return exitUsage
	}
	fmt.Fprintln(stderr, "imgserver:", err)
	return exitFailed
}
