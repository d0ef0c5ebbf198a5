package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"lxdocker/internal/command"
	"lxdocker/internal/config"
	"lxdocker/internal/convert/assembly"
	"lxdocker/internal/layer/unpacking"
	"lxdocker/internal/memory"
	"lxdocker/internal/terminal"
)

// The only argument of an imgserver that is a process of another one: see the packages assembly
// and unpacking. It has no settings, and nobody but imgserver has a use for it.
const (
	assembling = "assemble-for-imgserver"
	unpacks    = "unpack-for-imgserver"
)

// apart makes the command of a process that assembles an image.
func apart(ctx context.Context) *exec.Cmd {
	return itself(exec.CommandContext(ctx, itselfPath, assembling))
}

// unpackingApart makes the command of the process that unpacks layers.
func unpackingApart() *exec.Cmd { return itself(exec.Command(itselfPath, unpacks)) }

// itselfPath is the same program, even if the file has been replaced meanwhile.
const itselfPath = "/proc/self/exe"

func itself(cmd *exec.Cmd) *exec.Cmd {
	cmd.Args[0] = os.Args[0]
	cmd.Stderr = os.Stderr
	return cmd
}

// ignoreSignals is for a process that ends when the server does, or says so: signals to a whole
// group of processes, such as that of systemd at a stop, are for the server, which would take
// the end for a failure of the image.
func ignoreSignals() { signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP) }

// assembleApart is all that a process does that assembles an image.
func assembleApart(in io.Reader, out, stderr io.Writer) int {
	ignoreSignals()
	config.LimitMemoryApart()
	if err := assembly.Serve(context.Background(), in, out); err != nil {
		fmt.Fprintln(terminal.NewWriter(stderr), "imgserver: assembling:", err)
		return command.ExitFailed
	}
	return 0
}

// unpackApart is all that a process does that unpacks layers.
func unpackApart(stderr io.Writer) int {
	ignoreSignals()
	config.LimitMemoryUnpacking()
	none := func() {}
	end := none
	err := unpacking.Serve(context.Background(), os.NewFile(3, "control"), func(less int64) {
		if end(); less > 0 {
			end = memory.Reserve(less)
		} else {
			end = none
		}
	})
	if err != nil {
		fmt.Fprintln(terminal.NewWriter(stderr), "imgserver: unpacking:", err)
		return command.ExitFailed
	}
	return 0
}
