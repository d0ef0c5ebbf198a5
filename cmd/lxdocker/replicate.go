package main

import (
	"debug/elf"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"

	"lxdocker/internal/arch"
	"lxdocker/internal/command"
	"lxdocker/internal/instance"
	"lxdocker/internal/instance/replica"
	"lxdocker/internal/terminal"
)

// copier is this program, for instances of a machine like this one. As make links it, it needs
// nothing there.
func copier() instance.Copier {
	machine, _ := arch.ByOCI(runtime.GOARCH, "")
	return instance.Copier{Machine: machine.Kernel, Static: static(), Word: replica.Word, Open: func() (io.ReadCloser, error) { return os.Open("/proc/self/exe") }}
}

// static says whether this program needs no libraries: an instance may have none.
func static() bool {
	program, err := elf.Open("/proc/self/exe")
	if err != nil {
		return true // then nobody can copy it either, and says why
	}
	defer program.Close()
	return !slices.ContainsFunc(program.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP })
}

// replicate is all that this program does in an instance. It has no settings, and nobody but
// an update has a use for it.
func replicate(places []string, stdout, stderr io.Writer) int {
	if err := replica.Serve(places, stdout); err != nil {
		fmt.Fprintln(terminal.NewWriter(stderr), err)
		return command.ExitFailed
	}
	return 0
}
