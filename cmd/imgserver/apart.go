package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"

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

// assembleApart is all that such a process does.
func assembleApart(in io.Reader, out, stderr io.Writer) int {
	config.LimitMemoryApart()
	if err := assembly.Serve(context.Background(), in, out); err != nil {
		fmt.Fprintln(terminal.NewWriter(stderr), "imgserver: assembling:", err)
		return command.ExitFailed
	}
	return 0
}
