package config

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"lxdocker/internal/block"
	"lxdocker/internal/build"
	"lxdocker/internal/command"
	"lxdocker/internal/convert"
	"lxdocker/internal/durable"
	"lxdocker/internal/layer"
	"lxdocker/internal/lxdimage"
	"lxdocker/internal/oci"
	"lxdocker/internal/oci/registry"
	"lxdocker/internal/oci/source"
	"lxdocker/internal/progress"
	"lxdocker/internal/settings"
	"lxdocker/internal/signature"
	"lxdocker/internal/version"
)

// ConvertFlags say how images are converted.
type ConvertFlags struct {
	Cache  string   // the folder of --cache; a flag of each command's own
	Logins bool     // on-demand images are fetched with logins, too: --on-demand-logins
	Named  []string // hosts that people allow on-demand images from, by name

	Asked func(registry string, status int, left int64) // told of each request to a registry; nil: nobody is

	Elsewhere bool // other processes do nearly all of the work

	format   string
	level    string
	insecure []string
	mirrors  []string
	busybox  []string
	trust    string // file of a policy
	jobs     int
	unpacked Size
	bounds   convert.Bounds
	all      Size // of bounds.Unpacked
	rate     Size
	noDeltas bool
	age      time.Duration
	size     Size
}

// Register adds the flags to those of a command.
func (o *ConvertFlags) Register(f *pflag.FlagSet) {
	o.unpacked, o.all, o.rate = 16<<30, 128<<30, 4<<10
	o.bounds = convert.Bounds{LayersBy: "--max-layers", UnpackedBy: "--max-unpacked-image", FilesBy: "--max-files", TimeBy: "--time-limit"}
	f.StringVar(&o.format, "imageformat", "squashfs", "`FORMAT` of the images: squashfs, gzip or tar")
	f.StringVar(&o.level, "compression", string(block.Default), "`LEVEL` of zstd in squashfs images: fast, default or best")
	f.StringArrayVar(&o.insecure, "insecure-registry", nil, "`HOST[:PORT]` of a registry without TLS, or with an untrusted certificate (repeatable)")
	f.StringArrayVar(&o.mirrors, "mirror", nil, "ask another host before a registry: `REGISTRY=HOST`[:PORT], like docker.io=cache.example.org (repeatable)")
	f.StringArrayVar(&o.busybox, "busybox", nil, "static busybox for the images, `FILE` or ARCH=FILE (repeatable; default /bin/busybox)")
	f.StringVar(&o.trust, "trust", "", "`FILE` that says which images of registries have to be signed, and by whose keys")
	f.IntVar(&o.jobs, "jobs", min(max(4, runtime.NumCPU()), convert.MaxJobs), fmt.Sprintf("process up to `N` layers at once, at most %d", convert.MaxJobs))
	f.BoolVar(&o.noDeltas, "no-deltas", false, "do not make deltas between versions of an image (they save clients most of a download)")
	f.Var(&o.unpacked, "max-unpacked", "largest `SIZE` a layer may unpack to")
	f.Var(&o.all, "max-unpacked-image", "largest `SIZE` that all layers of an image may unpack to; 0 for no limit")
	f.IntVar(&o.bounds.Layers, "max-layers", 500, "up to `N` layers in an image; 0 for no limit")
	f.Int64Var(&o.bounds.Files, "max-files", 10_000_000, "up to `N` files and directories in all layers of an image, with 96 bytes each for names and attributes; 0 for no limit")
	f.DurationVar(&o.bounds.Time, "time-limit", 12*time.Hour, "give up an image that takes longer than this `DURATION`; 0 for no limit")
	f.Var(&o.rate, "min-rate", "give up a download that brings less than this `SIZE` each second, over a minute; 0 for no limit")
	f.DurationVar(&o.age, "cache-age", 7*24*time.Hour, "keep unused layers in the cache for this `DURATION`")
	f.Var(&o.size, "cache-size", "largest `SIZE` of the cache; layers unused for longest are removed first; 0 for no limit (default: no limit; of an imgserver with --on-demand, a third of the disk)")
	o.check(f)
}

// check makes the flags refuse what cannot be.
func (o *ConvertFlags) check(f *pflag.FlagSet) {
	settings.Words(f, "imageformat", string(lxdimage.Squashfs), string(lxdimage.Gzip), string(lxdimage.Tar))
	settings.Words(f, "compression", string(block.Fast), string(block.Default), string(block.Best))
	settings.Check(f, "insecure-registry", func() error { return registry.Options{Insecure: o.insecure}.Check() })
	settings.Check(f, "mirror", func() error { return registry.Options{Mirrors: o.mirrors}.Check() })
	settings.Check(f, "busybox", func() error { _, err := parseBusybox(o.busybox); return err })
	settings.AtLeast(f, "jobs", 1, "")
	settings.Check(f, "max-unpacked", func() error {
		if o.unpacked == 0 {
			return errors.New("a layer always has a limit; name a large one")
		}
		return nil
	})
	settings.AtLeast(f, "max-layers", 0, "0 is no limit")
	settings.AtLeast(f, "max-files", 0, "0 is no limit")
	settings.AtLeast(f, "time-limit", 0, "0 is no limit")
	settings.AtLeast(f, "cache-age", 0, "")
}

// RegisterLogins adds the flag of programs that convert what clients ask for.
func (o *ConvertFlags) RegisterLogins(f *pflag.FlagSet) {
	f.BoolVar(&o.Logins, "on-demand-logins", false, "fetch on-demand images with this user's registry logins, too: anyone who asks gets what these allow")
}

// Builder makes the conductor that the flags describe, and tells for which OCI
// architecture it builds where nobody names one.
func (o *ConvertFlags) Builder(display progress.Display, log *slog.Logger) (*build.Builder, string, error) {
	format, err := lxdimage.ParseFormat(o.format)
	if err != nil {
		return nil, "", command.UsageError{Err: err}
	}
	level, err := block.ParseLevel(o.level)
	if err != nil {
		return nil, "", command.UsageError{Err: err}
	}
	host, err := build.HostArchitecture(runtime.GOARCH)
	if err != nil {
		return nil, "", err
	}
	busybox, err := parseBusybox(o.busybox)
	if err != nil {
		return nil, "", err
	}
	if err := mounted(o.Cache); err != nil {
		return nil, "", err
	}
	if err := ours(o.Cache); err != nil {
		return nil, "", err
	}
	codec := block.NewCodec
	if o.Elsewhere {
		codec = block.NewNarrowCodec
	}
	layers, err := layer.Open(filepath.Join(o.Cache, "layers"), int64(o.unpacked), codec(level))
	if err != nil {
		return nil, "", err
	}
	options := registry.Options{
		CacheDir:       filepath.Join(o.Cache, "manifests"),
		Insecure:       o.insecure,
		Mirrors:        o.mirrors,
		StrangersLogin: o.Logins,
		StrangersHosts: o.Named,
		Asked:          o.Asked,
		Log:            log,
		UserAgent:      "lxdocker/" + version.String(),
		MinRate:        int64(o.rate),
	}
	if err := options.Check(); err != nil {
		return nil, "", command.UsageError{Err: err}
	}
	trust, err := o.trusted()
	if err != nil {
		return nil, "", err
	}
	sources, err := source.NewClient(options)
	if err != nil {
		return nil, "", err
	}
	converter := convert.New(convert.Converter{
		Sources:  sources,
		Layers:   layers,
		Busybox:  busybox,
		Format:   format,
		NoDeltas: o.noDeltas,
		Bounds:   o.Bounds(),
		OnDemand: o.Bounds(),
		Trust:    trust,
		Log:      log,
	}, o.jobs)
	return &build.Builder{
		Converter: converter,
		Retention: o.Retention(),
		Display:   display,
		Log:       log,
		Now:       time.Now,
	}, host, nil
}

// CheckTrust says what is wrong with the policy, and with its keys; and, if nothing is, what
// the policy leaves out: "" if nothing, or if there is none.
func (o *ConvertFlags) CheckTrust() (note string, err error) {
	if o.trust == "" {
		return "", nil
	}
	rules, err := readPolicy(o.trust)
	if err != nil || slices.ContainsFunc(rules, trusted.whole) {
		return "", err
	}
	return fmt.Sprintf("the policy %s has no rule for \"**\": images that none of its patterns matches are accepted", o.trust), nil
}

// trusted says of images who has to have signed them; nil if nobody has said so. A mistake in
// the policy ends the program before it does anything.
func (o *ConvertFlags) trusted() (func(oci.Reference) (*signature.Rule, error), error) {
	if o.trust == "" {
		return nil, nil
	}
	p := &policy{file: o.trust, now: time.Now}
	if _, err := p.current(); err != nil {
		return nil, err
	}
	return p.of, nil
}

// Bounds are what one image may cost.
func (o *ConvertFlags) Bounds() convert.Bounds {
	b := o.bounds
	b.Unpacked = int64(o.all)
	return b
}

// Retention says which layers stay that no image needs any more.
func (o *ConvertFlags) Retention() layer.Retention {
	return layer.Retention{Age: o.age, Size: int64(o.size)}
}

// Registries are those that the flags name.
func (o *ConvertFlags) Registries() []string {
	named := slices.Clone(o.insecure)
	for _, m := range o.mirrors {
		registry, _, _ := strings.Cut(m, "=")
		named = append(named, registry)
	}
	return named
}

// mounted is an error if there is nothing in the cache because the disk is missing that
// it belongs on: it would fill another one.
func mounted(cache string) error {
	if _, err := os.Lstat(filepath.Join(cache, "layers")); err == nil {
		return nil
	}
	if at := durable.Unmounted(cache); at != "" {
		return fmt.Errorf("opening the cache %s: there is nothing, and the disk that /etc/fstab has for %s is not mounted: mount it, or take that line out", cache, at)
	}
	return nil
}

// ours is an error if others can change what the cache says. Packs and documents are
// checked when they are made, and not again whenever they are used.
func ours(cache string) error {
	for _, folder := range []string{"", "layers", "manifests"} {
		err := durable.CheckOwner(filepath.Join(cache, folder))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("opening the cache %s: %w", cache, err)
		}
	}
	return nil
}

// parseBusybox reads --busybox FILE and --busybox ARCH=FILE.
func parseBusybox(values []string) (*convert.Busybox, error) {
	files := map[string]string{"": "/bin/busybox"}
	for _, v := range values {
		arch, file, found := strings.Cut(v, "=")
		if !found {
			arch, file = "", v
		}
		if file == "" {
			return nil, fmt.Errorf("%q: it is FILE, or ARCH=FILE like arm64=./busybox", v)
		}
		files[arch] = file
	}
	if names := slices.Collect(maps.Keys(files)); slices.Contains(names, "arm/v7") {
		return nil, errors.New("the architecture arm/v7 is called arm here")
	}
	return convert.NewBusybox(files), nil
}
