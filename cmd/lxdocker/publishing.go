package main

import (
	"strings"

	"github.com/spf13/cobra"

	"lxdocker/internal/build"
	"lxdocker/internal/command"
	"lxdocker/internal/config"
	"lxdocker/internal/runs"
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

// missingFlags is the error for flags that name a folder each, and were not given.
func missingFlags(names ...string) error {
	if len(names) == 1 {
		return command.Usagef("the flag %s DIR is missing", names[0])
	}
	return command.Usagef("the flags %s DIR are missing", strings.Join(names, " DIR and "))
}

// open makes the conductor, whose display the caller closes, and opens the folder that it
// publishes to.
func (o *publishingOptions) open(cmd *cobra.Command) (*build.Builder, *dir.Store, error) {
	keep, err := o.keep.Retention()
	if err != nil {
		return nil, nil, err
	}
	b, _, err := o.builder(cmd)
	if err != nil {
		return nil, nil, err
	}
	b.Keep = keep
	images, err := dir.Open(o.images, dir.WithLog(b.Log))
	if err != nil {
		b.Display.Close()
		return nil, nil, err
	}
	b.Runs = runs.New(images, "lxdocker", b.Now, b.Log)
	return b, images, nil
}
