package config

import (
	"errors"
	"net/url"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"lxdocker/internal/agent"
	"lxdocker/internal/command"
	"lxdocker/internal/settings"
)

// AgentFlags say what `lxdocker agent` does by itself, and how it says so.
type AgentFlags struct {
	Webhook, Command, State, Textfile string

	policy  string
	windows []string
	minAge  time.Duration
	atOnce  int
	every   time.Duration
}

// Register adds the flags to those of a command.
func (o *AgentFlags) Register(f *pflag.FlagSet) {
	f.StringVar(&o.policy, "policy", string(agent.Off), "`POLICY` of instances that do not say: off, notify or auto")
	f.StringArrayVar(&o.windows, "window", nil, "when updates may begin, `[DAYS] FROM-TO [ZONE]`, like 02:00-05:00 or \"sat,sun 01:00-06:00 Europe/Berlin\" (repeatable; default: always)")
	f.DurationVar(&o.minAge, "min-age", 0, "`DURATION` that the daemon has to have an image before it is taken")
	f.IntVar(&o.atOnce, "at-once", 1, "update up to `N` instances at once")
	f.DurationVar(&o.every, "check-every", time.Hour, "`DURATION` between two looks for newer images, up to a tenth more")
	f.StringVar(&o.Webhook, "webhook", "", "`URL` that gets notices, as JSON by POST")
	f.StringVar(&o.Command, "notify-command", "", "`PROGRAM` that gets each notice, as JSON on its standard input")
	f.StringVar(&o.State, "state", "", "`FILE` for the state, as JSON (default: agent.json in $STATE_DIRECTORY, which systemd sets, else none)")
	f.StringVar(&o.Textfile, "textfile", "", "also write `FILE`, whose name ends in .prom, for the textfile collector of Prometheus' node_exporter")
	settings.Words(f, "policy", string(agent.Off), string(agent.Notify), string(agent.Auto))
	settings.Check(f, "window", func() error { _, err := o.parsed(); return err })
	settings.AtLeast(f, "min-age", 0, "")
	settings.AtLeast(f, "at-once", 1, "")
	settings.Check(f, "check-every", func() error {
		if o.every < time.Minute {
			return errors.New("it is 1m or more: registries do not want to be asked more often")
		}
		return nil
	})
	settings.Secret(f, "webhook")
	settings.Check(f, "webhook", func() error {
		u, err := url.Parse(o.Webhook)
		if o.Webhook != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
			return errors.New("it is https://HOST/PATH, or http://")
		}
		return nil
	})
}

func (o *AgentFlags) parsed() (all []agent.Window, err error) {
	for _, text := range o.windows {
		w, err := agent.ParseWindow(text)
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	return all, nil
}

// Check finds what is wrong with the flags together.
func (o *AgentFlags) Check() error {
	if o.Textfile != "" && filepath.Ext(o.Textfile) != ".prom" {
		return command.Usagef("--textfile %s: node_exporter reads only files whose names end in .prom", o.Textfile)
	}
	if o.Command != "" && !filepath.IsAbs(o.Command) {
		return command.Usagef("--notify-command %s: say the whole path of the program; options go into a script", o.Command)
	}
	return nil
}

// Settings are what the agent is told. self is the instance that it runs in.
func (o *AgentFlags) Settings(self string) agent.Settings {
	windows, _ := o.parsed() // a check of the flag says what is wrong
	return agent.Settings{Policy: agent.Policy(o.policy), Windows: windows, MinAge: o.minAge, AtOnce: o.atOnce, Every: o.every, Self: self}
}
