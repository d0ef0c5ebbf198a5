package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"lxdocker/internal/command"
	"lxdocker/internal/daemon"
	"lxdocker/internal/humanize"
	"lxdocker/internal/instance"
)

type updateOptions struct {
	conversionOptions
	daemonFlags
	gate   instance.Gate
	from   string
	carry  []string
	all    bool
	dry    bool
	finish bool
}

func updateCommand() *cobra.Command {
	o := new(updateOptions)
	cmd := &cobra.Command{
		Use:   "update [INSTANCE...]",
		Short: "Give instances newer images, and go back if these do not work",
		Long: `Give instances the newest image of where theirs comes from. The new instance is made beside
the old one, which runs meanwhile, and takes its place with its settings, devices, volumes
and addresses: the old one is down for as long as a stop and a start take.

The new one has to show that it works: its health check has to pass, and its application to
run for a while. Otherwise the old one takes its place again, the new one is kept as
INSTANCE-failed, and that image is not tried again. The old one is kept as INSTANCE-old
until the next update; ` + "`lxdocker revert`" + ` goes back to it.

Data in a folder that the image calls a volume is moved to a volume of its own first, if it
is not in one. Other files outside of volumes stay with the old one, but for those that
--carry names.`,
		Example: `  lxdocker update web
  lxdocker update --carry /etc/nginx/conf.d web
  lxdocker update --all --dry-run`,
		Args: func(_ *cobra.Command, args []string) error {
			if o.all == (len(args) > 0) {
				return command.Usagef("update takes the names of INSTANCES, or --all")
			}
			if o.all && len(o.carry) > 0 {
				return command.Usagef("--carry is for instances that are named: not all have the same files")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, args) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.all, "all", false, "all instances of images of lxdocker")
	f.BoolVar(&o.dry, "dry-run", false, "fetch the images, and only say what would be updated")
	f.BoolVar(&o.finish, "finish", false, "only take up or undo what a broken off update has left, also one of another machine")
	f.StringVar(&o.from, "from", "", "`REFERENCE` of the image, if the instance does not know it, or another one")
	gateFlags(f, &o.gate)
	f.StringArrayVar(&o.carry, "carry", nil, "`PATH` of a file or folder outside of volumes that the new one gets (can be repeated)")
	o.daemonFlags.register(f)
	o.registerBeside(f)
	return cmd
}

func gateFlags(f *pflag.FlagSet, g *instance.Gate) {
	f.DurationVar(&g.Steady, "steady", 10*time.Second, "`DURATION` that a new version has to run, and be healthy")
	f.DurationVar(&g.Most, "healthy-within", 0, "`DURATION` until it has to be healthy (default: as long as its check may take)")
}

func (o *updateOptions) run(cmd *cobra.Command, names []string) error {
	outliveReaders() // an update is never left half-way, whoever has stopped reading
	u, images, err := o.updater(cmd)
	if err != nil {
		return err
	}
	defer images.builder.Display.Close()
	if o.all {
		if names, err = u.Wanted(cmd.Context()); err != nil {
			return err
		}
	}
	var back, stopped bool
	var errs []error
	for n, name := range names {
		if n > 0 && cmd.Context().Err() != nil { // what was begun is whole
			fmt.Fprintln(cmd.ErrOrStderr(), "lxdocker: not looked at:", strings.Join(names[n:], ", "))
			stopped = true
			break
		}
		r, err := o.one(cmd, u, name)
		if err != nil && len(names) > 1 {
			fmt.Fprintln(cmd.ErrOrStderr(), "lxdocker:", err)
		}
		errs = append(errs, err)
		back = back || r.Outcome == instance.WentBack
	}
	switch err := errors.Join(errs...); {
	case len(names) == 1 && err != nil:
		return err
	case cmd.Context().Err() != nil && (err != nil || stopped):
		return cmd.Context().Err()
	case err != nil:
		return errSomeFailed
	case back:
		return errNeedsPerson
	}
	return nil
}

// one updates one instance, and says how that ended.
func (o *updateOptions) one(cmd *cobra.Command, u *instance.Updater, name string) (r instance.Result, err error) {
	u.Say = func(text string) { fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", name, text) }
	if o.finish {
		return r, finish(cmd.Context(), u, name)
	}
	if r, err = u.Update(cmd.Context(), name, o.from, o.dry); err == nil {
		sayResult(cmd.OutOrStdout(), r)
	}
	return r, err
}

// finish takes up or undoes what a broken off update has left, and starts an instance that was
// stopped for the update of another one.
func finish(ctx context.Context, u *instance.Updater, name string) error {
	if err := u.Mend(ctx, name); err != nil {
		return err
	}
	i, err := u.Daemon.Instance(ctx, name)
	if err != nil {
		if daemon.NotFound(err) { // and nothing is left of it, as Mend says
			return nil
		}
		return err
	}
	if by := instance.StandingOf(i).Resting; by == "" || u.Alive(by) {
		return nil
	}
	return u.Wake(ctx, name)
}

func (o *updateOptions) updater(cmd *cobra.Command) (*instance.Updater, *bringer, error) {
	d, err := o.connect(cmd.Context())
	if err != nil {
		return nil, nil, err
	}
	images, err := o.bringer(cmd)
	if err != nil {
		return nil, nil, err
	}
	u := &instance.Updater{Daemon: d, Images: images, Servers: imageServers(), Gate: o.gate, Carry: o.carry, Copier: copier(), Self: process(os.Getpid()), Alive: alive, Now: time.Now}
	if o.finish {
		u.Alive = func(by string) bool { return hostOf(by) == hostOf(u.Self) && alive(by) }
	}
	return u, images, nil
}

func sayResult(w io.Writer, r instance.Result) {
	short := func(fingerprint string) string { return fingerprint[:min(12, len(fingerprint))] }
	switch r.Outcome {
	case instance.Unchanged:
		fmt.Fprintf(w, "%s: unchanged, %s\n", r.Name, short(r.From))
	case instance.Refused:
		fmt.Fprintf(w, "%s: unchanged, %s: %s\n", r.Name, short(r.From), r.Why)
	case instance.Would:
		fmt.Fprintf(w, "%s: would be updated from %s to %s; files outside of volumes stay with the old one\n", r.Name, short(r.From), short(r.To))
		sayPreview(w, r.Name, r.Preview)
	case instance.WentBack:
		fmt.Fprintf(w, "%s: went back to %s: %s. The new one is kept as %s-failed\n", r.Name, short(r.From), r.Why, r.Name)
	default:
		fmt.Fprintf(w, "%s: updated from %s to %s; %s, down for %.1f s. The old one is kept as %s-old\n",
			r.Name, short(r.From), short(r.To), cmp.Or(r.Why, "it does not run"), r.Downtime.Seconds(), r.Name)
	}
}

// mostLeft is how many of the files that would stay behind are named.
const mostLeft = 10

// sayPreview says what an update would do with what is outside of volumes.
func sayPreview(w io.Writer, name string, p instance.Preview) {
	for _, t := range p.Taken {
		size := "of unknown size, as it does not run"
		if t.Bytes >= 0 {
			size = humanize.Bytes(t.Bytes)
		}
		if t.Volume != "" {
			fmt.Fprintf(w, "%s: %s, %s, would be moved to the volume %s\n", name, t.Path, size, t.Volume)
		} else {
			fmt.Fprintf(w, "%s: %s, %s, would be carried to the new one\n", name, t.Path, size)
		}
	}
	switch left := len(p.Left); {
	case !p.Known:
		fmt.Fprintf(w, "%s: whether other files have been written can only be seen while it runs\n", name)
	case left > mostLeft:
		fmt.Fprintf(w, "%s: written since it was made, and would stay with the old one: %s and %d more\n", name, strings.Join(p.Left[:mostLeft], ", "), left-mostLeft)
	case left > 0:
		fmt.Fprintf(w, "%s: written since it was made, and would stay with the old one: %s\n", name, strings.Join(p.Left, ", "))
	}
}

// process names a process of this machine, also after its number was given to another.
func process(pid int) string {
	host, _ := os.Hostname() // "" is a name, too
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return ""
	}
	// The name of the program, in parentheses, may contain anything.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 20 {
		return ""
	}
	return fmt.Sprintf("%s/%d/%s", host, pid, fields[19]) // when it was started
}

func hostOf(by string) string {
	host, _, _ := strings.Cut(by, "/")
	return host
}

// alive says whether a process lives; of one on another machine, nobody knows better.
func alive(by string) bool {
	parts := strings.Split(by, "/")
	if host, _ := os.Hostname(); len(parts) != 3 || parts[0] != host {
		return true
	}
	pid, err := strconv.Atoi(parts[1])
	if err != nil || pid <= 0 {
		return false
	}
	if now := process(pid); now != "" {
		return now == by
	}
	// Those of other users may be hidden in /proc.
	return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}
