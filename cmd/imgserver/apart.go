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
	"lxdocker/internal/terminal"
)

// assembling is the only argument of an imgserver that is a process of another one: see package
// assembly. It has no settings, and nobody but imgserver has a use for it.
const assembling = "assemble-for-imgserver"

// apart makes the command of such a process: the same program, even if the file has been
// replaced meanwhile.
func apart(ctx context.Context) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/proc/self/exe", assembling)
	cmd.Args[0] = os.Args[0]
	cmd.Stderr = os.Stderr
	return cmd
}

// assembleApart is all that such a process does. It ends when the server does, or says so:
// signals to a whole group of processes, such as that of systemd at a stop, are for the server,
// which would take the end for a failure of the image.
func assembleApart(in io.Reader, out, stderr io.Writer) int {
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	config.LimitMemoryApart()
	if err := assembly.Serve(context.Background(), in, out); err != nil {
		fmt.Fprintln(terminal.NewWriter(stderr), "imgserver: assembling:", err)
		return command.ExitFailed
	}
	return 0
}
