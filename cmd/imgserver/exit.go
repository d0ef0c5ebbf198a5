package main

import (
	"errors"
	"fmt"
	"io"

	"lxdocker/internal/command"
	"lxdocker/internal/server"
)

// exitCode says err to stderr and gives the code for it.
func exitCode(err error, stderr io.Writer) int {
	switch {
	case err == nil:
		return command.ExitOK
	case errors.Is(err, server.ErrCutOff):
		fmt.Fprintf(stderr, "imgserver: %v\n", err)
		return command.ExitInterrupted
	}
	return command.Report("imgserver", err, stderr)
}
