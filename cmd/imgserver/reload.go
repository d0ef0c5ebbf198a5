package main

import (
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"lxdocker/internal/config"
	"lxdocker/internal/settings"
	"lxdocker/internal/spec/diag"
)

// reloader reads the settings again, and makes those count that can at once: all of them, or
// none if one is wrong.
type reloader struct {
	said  *config.Program
	cmd   *cobra.Command // with the flags of the command line
	flags *pflag.FlagSet // what counts
	log   *slog.Logger
	steps []step
	later func(now *options) []string // settings that could count at once, but not these now
	wrong atomic.Bool                 // the settings were, when they were read last
}

// step makes settings count. What can fail does so in prepare.
type step struct {
	settings []string
	prepare  func(now *options) (count func(), err error)
}

// newReloader takes what the flags of a command say as what counts.
func newReloader(said *config.Program, cmd *cobra.Command) *reloader {
	_, flags := newFlags()
	settings.Take(flags, cmd.Flags())
	return &reloader{said: said, cmd: cmd, flags: flags, later: func(*options) []string { return nil }}
}

func newFlags() (*options, *pflag.FlagSet) {
	o, flags := new(options), pflag.NewFlagSet("imgserver", pflag.ContinueOnError)
	o.Register(flags)
	return o, flags
}

// read returns what a start would begin with now.
func (r *reloader) read() (*options, *pflag.FlagSet, error) {
	o, flags := newFlags()
	if err := settings.CopyGiven(flags, r.cmd.Flags()); err != nil {
		return nil, nil, err
	}
	said, err := r.said.Read(r.cmd)
	if err != nil {
		return nil, nil, err
	}
	if err := said.Apply(flags, ""); err != nil {
		return nil, nil, err
	}
	return o, flags, o.Check()
}

// on says what is to be done when one of these settings has changed. The steps are taken in
// the order in which they were said.
func (r *reloader) on(prepare func(now *options) (count func(), err error), names ...string) {
	r.steps = append(r.steps, step{names, prepare})
}

// reload reads the settings, and says what has changed. Those that need a restart are named
// each time, as they still do.
func (r *reloader) reload() {
	said, flags, err := r.read()
	if err != nil {
		r.complain(err)
		return
	}
	all := settings.Changes(r.flags, flags)
	once := r.atOnce(all, said)
	now, err := r.with(flags, once)
	if err != nil {
		r.log.Warn("what has changed does not go together with what counts until a restart, so that all of it waits for that", "error", config.Explain(r.cmd, err))
		once = nil
	} else if err := r.take(now, flags, once); err != nil {
		r.complain(err)
		return
	}
	r.wrong.Store(false)
	for _, c := range all {
		about := []any{"setting", c.Setting, "was", c.Was, "now", c.Now, "from", c.From}
		if slices.Contains(once, c.Setting) {
			r.log.Info("a setting has changed", about...)
		} else {
			r.log.Warn("a setting has changed that counts after a restart only", about...)
		}
	}
}

// atOnce are the changed settings that count without a restart.
func (r *reloader) atOnce(all []settings.Change, said *options) (names []string) {
	later := r.later(said)
	for _, c := range all {
		known := slices.ContainsFunc(r.steps, func(s step) bool { return slices.Contains(s.settings, c.Setting) })
		if known && !slices.Contains(later, c.Setting) {
			names = append(names, c.Setting)
		}
	}
	return names
}

// with are the options that count, but for some settings. The error says why they cannot be
// together.
func (r *reloader) with(from *pflag.FlagSet, names []string) (*options, error) {
	now, flags := newFlags()
	settings.Take(flags, r.flags)
	if len(names) > 0 {
		settings.Take(flags, from, names...)
	}
	return now, now.Check()
}

// take makes settings count.
func (r *reloader) take(now *options, flags *pflag.FlagSet, names []string) error {
	var counts []func()
	for _, s := range r.steps {
		if !slices.ContainsFunc(s.settings, func(name string) bool { return slices.Contains(names, name) }) {
			continue
		}
		count, err := s.prepare(now)
		if err != nil {
			return err
		}
		counts = append(counts, count)
	}
	for _, count := range counts {
		count()
	}
	if len(names) > 0 {
		settings.Take(r.flags, flags, names...)
	}
	return nil
}

// complain says what is wrong, a line for each mistake.
func (r *reloader) complain(err error) {
	const what = "the settings are wrong: those of before still count"
	r.wrong.Store(true)
	var wrong diag.Diagnostics
	if !errors.As(err, &wrong) {
		r.log.Error(what, "error", config.Explain(r.cmd, err))
		return
	}
	for _, one := range slices.Compact(wrong) {
		r.log.Error(what, "file", one.File, "line", one.Line, "column", one.Col, "error", one.Text, "hint", one.Hint)
	}
}
