package main

import (
	"errors"
	"log/slog"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"lxdocker/internal/config"
	"lxdocker/internal/hub"
	"lxdocker/internal/settings"
	"lxdocker/internal/spec/diag"
)

// reloader reads the settings again, and makes those count that can at once.
type reloader struct {
	said  *config.Program
	cmd   *cobra.Command // with the flags of the command line
	flags *pflag.FlagSet // what counts
	log   *slog.Logger
	at    map[string]func(*options) // makes a setting count
}

// newReloader takes what the flags of a command say as what counts.
func newReloader(said *config.Program, cmd *cobra.Command) *reloader {
	_, flags := newFlags()
	settings.Take(flags, cmd.Flags())
	return &reloader{said: said, cmd: cmd, flags: flags, at: map[string]func(*options){}}
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

// on says what is to be done when one of these settings has changed.
func (r *reloader) on(do func(*options), names ...string) {
	for _, name := range names {
		r.at[name] = do
	}
}

// reload reads the settings, and says what has changed. Those that need a restart are named
// each time, as they still do.
func (r *reloader) reload() {
	o, flags, err := r.read()
	if err != nil {
		r.complain(err)
		return
	}
	for _, c := range settings.Changes(r.flags, flags) {
		about := []any{"setting", c.Setting, "was", c.Was, "now", c.Now, "from", c.From}
		do, ok := r.at[c.Setting]
		if !ok {
			r.log.Warn("a setting has changed that counts after a restart only", about...)
			continue
		}
		do(o)
		settings.Take(r.flags, flags, c.Setting)
		r.log.Info("a setting has changed", about...)
	}
}

// complain says what is wrong, a line for each mistake.
func (r *reloader) complain(err error) {
	const what = "the settings are wrong: those of before still count"
	var wrong diag.Diagnostics
	if !errors.As(err, &wrong) {
		r.log.Error(what, "error", config.Explain(r.cmd, err))
		return
	}
	for _, one := range slices.Compact(wrong) {
		r.log.Error(what, "file", one.File, "line", one.Line, "column", one.Col, "error", one.Text, "hint", one.Hint)
	}
}

// follow makes settings count in a running server when they change.
func (o *options) follow(h *hub.Hub, log *slog.Logger) {
	o.again.log = log
	o.again.on(func(now *options) { o.level.Set(now.levelOf()) }, "debug")
	o.again.on(func(now *options) {
		if h != nil {
			rules := *h.Rules()
			rules.Limits.PerClient, rules.Freshness.Days = now.Limits.PerClient, now.unused()
			h.Change(rules)
		}
	}, "per-client", "on-demand-days")
}
