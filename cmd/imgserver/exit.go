package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"

	"lxdocker/internal/command"
	"lxdocker/internal/durable"
	"lxdocker/internal/server"
	"lxdocker/internal/spec/diag"
	"lxdocker/internal/store/dir"
)

// lasting is an error that stays until a person changes something: a service manager that
// starts the server again would get it again.
type lasting struct{ error }

func (e lasting) Unwrap() error { return e.error }

// lasts makes an error a lasting one, unless the kernel has it for a reason that may pass: the
// disk of a file may come later. That something is forbidden stays.
func lasts(err error) error {
	var reason syscall.Errno
	if err == nil || errors.As(err, &reason) && !errors.Is(reason, fs.ErrPermission) {
		return err
	}
	return lasting{err}
}

// needsPerson says whether an error is a lasting one, or of a kind that always is.
func needsPerson(err error) bool {
	return errors.As(err, new(lasting)) || errors.As(err, new(dir.FormatError)) || errors.As(err, new(durable.OwnerError))
}

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
	code := command.Report("imgserver", err, stderr)
	if code == command.ExitFailed && needsPerson(err) {
		return command.ExitNeedsPerson
	}
	return code
}
