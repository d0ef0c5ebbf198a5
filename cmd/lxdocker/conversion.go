package main

import (
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"lxdocker/internal/block"
	"lxdocker/internal/build"
	"lxdocker/internal/command"
	"lxdocker/internal/layer"
	"lxdocker/internal/lxdimage"
	"lxdocker/internal/oci"
	"lxdocker/internal/progress"
	"lxdocker/internal/version"
)

// conversion holds the flags that every command which converts has.
type conversion struct {
	cache    string
	format   string
	level    string
	insecure []string
	busybox  []string
	jobs     int
	unpacked size
	json     bool
	verbose  bool
}

func (o *conversion) register(cmd *cobra.Command) {
	o.unpacked = 16 << 30
	f := cmd.Flags()
	f.StringVar(&o.format, "imageformat", "squashfs", "`FORMAT` of the images: squashfs, gzip or tar")
	f.StringVar(&o.level, "compression", string(block.Default), "`LEVEL` of zstd in squashfs images: fast, default or best")
	f.StringArrayVar(&o.insecure, "insecure-registry", nil, "`HOST[:PORT]` of a registry without TLS, or with a certificate nobody signed (repeatable)")
	f.StringArrayVar(&o.busybox, "busybox", nil, "static busybox for the images, `FILE` or ARCH=FILE (repeatable; default /bin/busybox)")
	f.IntVar(&o.jobs, "jobs", max(4, runtime.NumCPU()), "how many layers, `N`, are worked on at once")
	f.Var(&o.unpacked, "max-unpacked", "largest size a layer may unpack to")
	f.BoolVar(&o.json, "json", false, "print events, one JSON object per line")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "log what is done, and why")
}

// builder makes the conductor these flags describe, and tells for which OCI
// architecture it builds where a spec names none.
func (o *conversion) builder(cmd *cobra.Command) (*build.Builder, string, error) {
	format, err := lxdimage.ParseFormat(o.format)
	if err != nil {
		return nil, "", command.UsageError{Err: err}
	}
	level, err := block.ParseLevel(o.level)
	if err != nil {
		return nil, "", command.UsageError{Err: err}
	}
	if o.jobs < 1 {
		return nil, "", command.Usagef("--jobs %d: at least one layer must be worked on", o.jobs)
	}
	host, err := build.HostArchitecture(runtime.GOARCH)
	if err != nil {
		return nil, "", err
	}
	busybox, err := parseBusybox(o.busybox)
	if err != nil {
		return nil, "", err
	}
	display := o.display(cmd)
	stderr := cmd.ErrOrStderr()
	if w, ok := display.(io.Writer); ok {
		stderr = w // a log must not end up in the middle of its picture
	}
	log := o.logger(stderr)
	compressor := block.NewCompressor(level)
	layers, err := layer.Open(filepath.Join(o.cache, "layers"), layer.Limits{Unpacked: int64(o.unpacked)}, compressor)
	if err != nil {
		return nil, "", err
	}
	sources, err := oci.NewClient(oci.Options{
		CacheDir:  filepath.Join(o.cache, "manifests"),
		Insecure:  o.insecure,
		Log:       log,
		UserAgent: "lxdocker/" + version.Version,
	})
	if err != nil {
		return nil, "", err
	}
	return build.New(build.Builder{
		Sources:    sources,
		Layers:     layers,
		Compressor: compressor,
		Busybox:    busybox,
		Format:     format,
		Display:    display,
		Log:        log,
		Now:        time.Now,
	}, o.jobs), host, nil
}

// parseBusybox reads --busybox FILE and --busybox ARCH=FILE.
func parseBusybox(values []string) (build.Busybox, error) {
	files := build.Busybox{"": "/bin/busybox"}
	for _, v := range values {
		arch, file, found := strings.Cut(v, "=")
		if !found {
			arch, file = "", v
		}
		if file == "" {
			return nil, command.Usagef("--busybox %q: it is FILE, or ARCH=FILE like arm64=./busybox", v)
		}
		files[arch] = file
	}
	if names := slices.Collect(maps.Keys(files)); slices.Contains(names, "arm/v7") {
		return nil, command.Usagef("--busybox arm/v7=FILE: the architecture is called arm here")
	}
	return files, nil
}

func (o *conversion) logger(w io.Writer) *slog.Logger {
	level := slog.LevelWarn
	if o.verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

// display chooses the form of progress: events if asked for, bars on a
// terminal, lines elsewhere.
func (o *conversion) display(cmd *cobra.Command) progress.Display {
	if o.json {
		return progress.NewEvents(cmd.OutOrStdout())
	}
	if f, ok := cmd.ErrOrStderr().(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return progress.NewBars(f, func() (columns, lines int) {
			columns, lines, err := term.GetSize(int(f.Fd()))
			if err != nil {
				return 0, 0
			}
			return columns, lines
		})
	}
	return progress.NewLines(cmd.ErrOrStderr())
}
