package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"lxdocker/internal/command"
	"lxdocker/internal/instance"
	"lxdocker/internal/oci"
	"lxdocker/internal/settings"
)

type runOptions struct {
	conversionOptions
	daemonFlags
	instance.Options
	detach   bool
	envFiles []string
	volumes  []string
	mounts   []string
	publish  []string
	devices  []string
	gpus     string
	yes      bool
	target   string
}

func runCommand() *cobra.Command {
	o := new(runOptions)
	cmd := &cobra.Command{
		Use:   "run [OPTIONS] REFERENCE [COMMAND [ARG...]]",
		Short: "Run an OCI image as an instance of LXD or Incus",
		Long: `Run an OCI image as an instance of LXD or Incus, with the options of docker run. The image
is converted here, unless the daemon has it already. hub:NAME is an image of a server that
lxc or incus has configured.

Each VOLUME of the image gets a custom volume of its own, unless --rm says that its data
may go.

Without -d it shows what the application prints, and ends with its exit code. Ctrl-C stops
the instance.`,
		Example: `  lxdocker run -d --name web -p 8080:80 nginx
  lxdocker run --rm alpine echo hello
  lxdocker run -d --name db -e POSTGRES_PASSWORD=secret -v data:/var/lib/postgresql/data postgres`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return command.Usagef("run takes a REFERENCE, such as nginx")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, args) },
	}
	f := cmd.Flags()
	f.SetInterspersed(false) // what follows the reference is for the application
	o.flags(f)
	o.flagsOfHealth(f)
	o.daemonFlags.register(f)
	o.registerBeside(f)
	cmd.SetFlagErrorFunc(inDockersWords)
	return cmd
}

// flags are those that docker run has.
func (o *runOptions) flags(f *pflag.FlagSet) {
	f.BoolVarP(&o.detach, "detach", "d", false, "print the name, and do not wait for the end")
	f.StringVar(&o.Name, "name", "", "`NAME` of the instance (default: that of the image)")
	f.BoolVar(&o.Remove, "rm", false, "remove the instance when it has ended")
	f.StringArrayVarP(&o.Environment, "env", "e", nil, "variable of the application, `NAME=VALUE`, or NAME for that of here (repeatable)")
	f.StringArrayVar(&o.envFiles, "env-file", nil, "`FILE` with such variables, one a line (repeatable)")
	f.StringArrayVarP(&o.volumes, "volume", "v", nil, "volume or folder of the host, `FROM:PATH`[:ro] (repeatable)")
	f.StringArrayVar(&o.mounts, "mount", nil, "the same as `type=bind,source=FROM,target=PATH`[,readonly], type=volume or type=tmpfs (repeatable)")
	f.StringArrayVar(&o.Tmpfs, "tmpfs", nil, "/tmp or /run in memory, `PATH`[:size=SIZE] (repeatable)")
	f.StringArrayVarP(&o.publish, "publish", "p", nil, "port of the host that leads into the instance, `[ADDRESS:]HOST:INSIDE`[/udp] (repeatable)")
	f.StringVarP(&o.User, "user", "u", "", "`USER`[:GROUP] who runs the application")
	f.StringArrayVar(&o.Groups, "group-add", nil, "one more `GROUP` of the application (repeatable)")
	f.StringVar(&o.Entrypoint, "entrypoint", "", "`PROGRAM` in place of the image's")
	f.StringVarP(&o.Workdir, "workdir", "w", "", "working `DIR` of the application")
	f.StringVar(&o.Restart, "restart", "", "`POLICY` when it ends: no, on-failure, on-failure:N, always or unless-stopped")
	f.StringVar(&o.StopSignal, "stop-signal", "", "`SIGNAL` that asks it to end, in place of the image's")
	f.StringVar(&o.StopTimeout, "stop-timeout", "", "`SECONDS` that it may take to end")
	f.StringVar(&o.ShmSize, "shm-size", "", "`SIZE` of /dev/shm")
	f.StringVarP(&o.Memory, "memory", "m", "", "`SIZE` of memory that the instance may use")
	f.StringVar(&o.CPUs, "cpus", "", "`NUMBER` of processors whose time it may use, such as 1.5")
	f.StringVar(&o.CPUSet, "cpuset-cpus", "", "`LIST` of processors that it may use, such as 0-3")
	f.StringVar(&o.Network, "network", "", "`NAME` of a network of the daemon, or none")
	f.StringArrayVar(&o.devices, "device", nil, "device of the host, or a folder of them, `PATH`[:PATH] (repeatable)")
	f.StringVar(&o.gpus, "gpus", "", "graphics `CARDS` of the host: all, a number, or device=N")
	f.StringVar(&o.Privileged, "privileged", "", "`WHAT` it may: true makes its root that of the host, nesting allows a container engine")
	f.Lookup("privileged").NoOptDefVal = instance.PrivilegedHost
	f.StringArrayVarP(&o.Labels, "label", "l", nil, "`NAME=VALUE` that the instance keeps as user.label.NAME (repeatable)")
}

func (o *runOptions) flagsOfHealth(f *pflag.FlagSet) {
	f.StringVar(&o.Health.Command, "health-cmd", "", "`COMMAND` line that checks the health")
	f.StringVar(&o.Health.Interval, "health-interval", "", "`DURATION` between checks")
	f.StringVar(&o.Health.Timeout, "health-timeout", "", "`DURATION` that a check may take")
	f.StringVar(&o.Health.StartPeriod, "health-start-period", "", "`DURATION` in which failures do not count")
	f.StringVar(&o.Health.StartInterval, "health-start-interval", "", "`DURATION` between checks in that time")
	f.StringVar(&o.Health.Retries, "health-retries", "", "`N` failures make it unhealthy")
	f.BoolVar(&o.Health.None, "no-healthcheck", false, "no check, even if the image has one")
	f.StringArrayVar(&o.Profiles, "profile", nil, "`NAME` of a profile of the daemon (repeatable; default: default)")
	f.StringVar(&o.Pool, "pool", "", "storage pool `NAME` for the instance and its volumes (default: that of the profile)")
	f.StringVar(&o.target, "target", "", "`NAME` of the member of a cluster that it is made on")
	f.BoolVarP(&o.yes, "yes", "y", false, "do not ask whether --privileged is meant")
}

// registerBeside adds the flags of conversions, whose -v docker has for volumes.
func (o *conversionOptions) registerBeside(f *pflag.FlagSet) {
	o.Register(f)
	f.StringVar(&o.Cache, "cache", "", "`DIR` for layers and manifests (default: the user's cache folder)")
	settings.Own(f, "cache")
	f.BoolVar(&o.verbose, "verbose", false, "log what is done, and why")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "show no progress")
}

func (o *runOptions) run(cmd *cobra.Command, args []string) error {
	if err := o.parse(args); err != nil {
		return err
	}
	if err := o.confirm(cmd); err != nil {
		return err
	}
	outliveReaders()
	ctx := cmd.Context()
	d, err := o.connect(ctx)
	if err != nil {
		return err
	}
	if o.target != "" {
		d = d.On(o.target)
	}
	if d.Address.Socket != "" {
		o.Vacant = vacant
	}
	if err := o.findDevices(d); err != nil {
		return err
	}
	images, err := o.bringer(cmd)
	if err != nil {
		return err
	}
	// Who waits for the end removes it, because its last words are still to be read then.
	o.Ephemeral = o.Remove && o.detach
	made, err := instance.Create(ctx, d, images, o.Options, labelOf(o.Reference))
	images.builder.Display.Close()
	if err != nil {
		return err
	}
	for _, note := range append(o.notes(), made.Notes...) {
		fmt.Fprintln(cmd.ErrOrStderr(), note)
	}
	if err := instance.Begin(ctx, d, made); err != nil {
		return err
	}
	if o.detach {
		fmt.Fprintln(cmd.OutOrStdout(), made.Name)
		return nil
	}
	return o.follow(cmd, d, made)
}

// vacant is an error if another program of this machine has a port. Daemons say so only when
// the instance starts, and not in words that anybody understands.
func vacant(ports []instance.Port) error {
	for _, p := range ports {
		for port := range p.Each() {
			address := net.JoinHostPort(p.Address, port)
			var taken error
			if p.Protocol == "tcp" {
				l, err := net.Listen("tcp", address)
				if taken = err; err == nil {
					l.Close()
				}
			} else {
				l, err := net.ListenPacket("udp", address)
				if taken = err; err == nil {
					_ = l.Close()
				}
			}
			if errors.Is(taken, syscall.EADDRINUSE) {
				return fmt.Errorf("port %s/%s of the host is in use: address already in use: choose another with -p", port, p.Protocol)
			}
		}
	}
	return nil
}

// parse reads the values that docker writes in its own way.
func (o *runOptions) parse(args []string) error {
	o.Reference, o.Args, o.Attached = absolute(args[0]), args[1:], !o.detach
	var err error
	if o.Environment, err = environment(o.envFiles, o.Environment); err != nil {
		return err
	}
	if err := o.parseMounts(); err != nil {
		return err
	}
	for _, text := range o.publish {
		p, err := instance.ParsePort(text)
		if err != nil {
			return command.Usagef("--publish %q: %w", text, err)
		}
		o.Ports = append(o.Ports, p)
	}
	if err := o.parseDevices(); err != nil {
		return err
	}
	if _, err := o.Settings(); err != nil {
		return command.UsageError{Err: err}
	}
	return nil
}

// parseMounts reads --volume and --mount.
func (o *runOptions) parseMounts() error {
	mount := func(said, volume string) error {
		m, err := instance.ParseMount(fromHere(volume))
		if err != nil {
			return command.Usagef("%s: %w", said, err)
		}
		if slices.ContainsFunc(o.Mounts, func(other instance.Mount) bool { return other.Path == m.Path }) {
			return command.Usagef("%s: something else is mounted at %s", said, m.Path)
		}
		o.Mounts = append(o.Mounts, m)
		return nil
	}
	for _, text := range o.volumes {
		if err := mount(fmt.Sprintf("--volume %q", text), text); err != nil {
			return err
		}
	}
	for _, text := range o.mounts {
		said := fmt.Sprintf("--mount %q", text)
		volume, tmpfs, err := asVolume(text)
		switch {
		case err != nil:
			return command.Usagef("%s: %w", said, err)
		case tmpfs != "":
			o.Tmpfs = append(o.Tmpfs, tmpfs)
			continue
		}
		if err := mount(said, volume); err != nil {
			return err
		}
	}
	return nil
}

// fromHere makes a folder like ./data one that means the same to the daemon.
func fromHere(volume string) string {
	if from, rest, found := strings.Cut(volume, ":"); found && (from == "." || from == ".." || strings.HasPrefix(from, "./") || strings.HasPrefix(from, "../")) {
		if path, err := filepath.Abs(from); err == nil {
			return path + ":" + rest
		}
	}
	return volume
}

// bringer makes what converts images.
func (o *conversionOptions) bringer(cmd *cobra.Command) (*bringer, error) {
	if o.Cache == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return nil, command.Usagef("finding a cache folder: %v: name one with --cache DIR", err)
		}
		o.Cache = filepath.Join(base, "lxdocker")
	}
	b, _, err := o.builder(cmd)
	if err != nil {
		return nil, err
	}
	return &bringer{builder: b, cache: o.Cache, told: o.told}, nil
}

// labelOf is what an instance is called that nobody named.
func labelOf(reference string) string {
	if ref, err := oci.Parse(reference); err == nil {
		return label(ref)
	}
	name := reference[strings.LastIndexAny(reference, ":/")+1:]
	return name
}

// absolute makes the path of an archive one that means the same from everywhere: the
// instance remembers it.
func absolute(reference string) string {
	kind, rest, found := strings.Cut(reference, ":")
	if !found || kind != "oci" && kind != "oci-archive" && kind != "docker-archive" {
		return reference
	}
	path, err := filepath.Abs(rest)
	if err != nil {
		return reference
	}
	return kind + ":" + path
}

// environment reads files of variables, and gives names without a value that of here, as
// docker does.
func environment(files, given []string) (all []string, err error) {
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("reading --env-file: %w", err)
		}
		for line := range strings.Lines(string(text)) {
			line = strings.TrimRight(line, "\r\n")
			if trimmed := strings.TrimSpace(line); trimmed != "" && !strings.HasPrefix(trimmed, "#") {
				all = append(all, strings.TrimLeft(line, " \t"))
			}
		}
	}
	var set []string
	for _, variable := range append(all, given...) {
		if strings.Contains(variable, "=") {
			set = append(set, variable)
		} else if value, ok := os.LookupEnv(variable); ok {
			set = append(set, variable+"="+value)
		}
	}
	return set, nil
}
