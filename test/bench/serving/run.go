package serving

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"lxdocker/test/programs"
)

// Inside is the argument with which the program has to call RunInside: it starts itself
// again, in a network namespace.
const Inside = "serving-inside"

// Run measures everything and says whether the goals are met. It needs root, nginx and curl,
// and the repository as current folder. more are arguments of RunInside.
func Run(ctx context.Context, more ...string) (met bool, err error) {
	dir, err := os.MkdirTemp("", "lxdocker-serving-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	if err := programs.Build(ctx, "", dir, "lxdocker/cmd/imgserver", "lxdocker/test/bench/load"); err != nil {
		return false, err
	}
	cmd, err := programs.Networked(ctx, append([]string{Inside, dir}, more...)...)
	if err != nil {
		return false, err
	}
	err = cmd.Run()
	if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 1 {
		return false, nil // it has said why
	}
	return err == nil, err
}

// bench is one measurement.
type bench struct {
	dir    string // with the programs imgserver and load
	images string // the store
	file   string // the path of a large file in it
	pairs  int
	asks   int
}

// RunInside measures in the namespace. args are "downloads", "connections", or neither for both,
// and pairs=N.
func RunInside(ctx context.Context, w io.Writer, dir string, args ...string) (met bool, err error) {
	if err := programs.AddAddresses(ctx, addressFormat, serverAddress, lastAddress); err != nil {
		return false, err
	}
	b := bench{dir: dir, images: filepath.Join(dir, "images"), pairs: 7, asks: 1500}
	parts, err := b.read(args)
	if err != nil {
		return false, err
	}
	if b.file, err = fill(ctx, b.images); err != nil {
		return false, fmt.Errorf("making images: %w", err)
	}
	all := map[string]func(context.Context, io.Writer) (bool, error){"downloads": b.downloads, "connections": b.connections}
	met = true
	for _, p := range parts {
		fine, err := all[p](ctx, w)
		if err != nil {
			return false, fmt.Errorf("measuring %s: %w", p, err)
		}
		met = met && fine
	}
	return met, nil
}

func (b *bench) read(args []string) (parts []string, err error) {
	for _, a := range args {
		number, isPairs := strings.CutPrefix(a, "pairs=")
		n, err := strconv.Atoi(number)
		switch {
		case a == "downloads" || a == "connections":
			parts = append(parts, a)
		case isPairs && err == nil && n > 0:
			b.pairs = n
		default:
			return nil, fmt.Errorf("unknown argument %q: it is downloads, connections or pairs=N", a)
		}
	}
	if len(parts) == 0 {
		parts = []string{"downloads", "connections"}
	}
	return parts, nil
}
