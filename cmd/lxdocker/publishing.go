package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"lxdocker/internal/build"
	"lxdocker/internal/command"
	"lxdocker/internal/config"
	"lxdocker/internal/runs"
	"lxdocker/internal/settings"
	"lxdocker/internal/store/dir"
)

// publishingOptions are what every command has that converts, and publishes the result.
type publishingOptions struct {
	conversionOptions
	images string
	keep   config.RetentionFlags
}

func (o *publishingOptions) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.Cache, "cache", "", "`DIR` for layers and manifests, kept between runs (required)")
	f.StringVar(&o.images, "lxdimages", "", "`DIR` that images are published to (required)")
	o.keep.Register(f)
	o.conversionOptions.register(cmd)
}

// missing lists the flags that are required, and were not given.
func (o *publishingOptions) missing() (flags []string) {
	if o.Cache == "" {
		flags = append(flags, "--cache")
	}
	if o.images == "" {
		flags = append(flags, "--lxdimages")
	}
	return flags
}

// missingFlags is the error for flags that name a folder each, and were not given. Those
// that are always the same need not be.
func missingFlags(names ...string) error {
	flags := "the flags " + strings.Join(names, " DIR and ") + " DIR are missing"
	if len(names) == 1 {
		flags = "the flag " + names[0] + " DIR is missing"
	}
	if names[0] == "--output" {
		return command.Usagef("%s", flags)
	}
	name := strings.TrimPrefix(names[0], "--")
	return command.Usagef("%s; write `%s: DIR` into %s once, or set %s", flags, name, config.File, settings.Variable(name))
}

// sayWhere says which folder a command works on, if its command line does not.
func sayWhere(cmd *cobra.Command, stderr io.Writer, folder string) {
	if o := settings.OriginOf(cmd.Flags(), "lxdimages"); o.Flag == "" {
		fmt.Fprintf(stderr, "lxdocker: the images are in %s (%s)\n", folder, o)
	}
}

// open makes the conductor, whose display the caller closes, and opens the folder that it
// publishes to.
func (o *publishingOptions) open(cmd *cobra.Command) (*build.Builder, *dir.Store, error) {
	b, _, err := o.builder(cmd)
	if err != nil {
		return nil, nil, err
	}
	b.Keep = o.keep.Retention()
	if !o.json && !o.unattended(cmd) {
		sayWhere(cmd, beside(b.Display, cmd.ErrOrStderr()), o.images)
	}
	images, err := dir.Open(o.images, dir.WithLog(b.Log))
	if err != nil {
		b.Display.Close()
		return nil, nil, err
	}
	b.Runs = runs.New(images, "lxdocker", b.Now, b.Log)
	return b, images, nil
}
