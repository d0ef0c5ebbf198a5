package config

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"lxdocker/internal/command"
	"lxdocker/internal/settings"
)

// File has the settings of both programs, if nobody names another one.
const File = "/etc/lxdocker/config.yaml"

// Precedence is what --help says of settings.
const Precedence = `Every flag can be written once: as NAME: VALUE in /etc/lxdocker/config.yaml, or the file
of --config, or as the environment variable ` + settings.Prefix + `NAME, in capitals and with _ for -. A flag
comes before the environment, that before the file, and the file before the default.`

// Shared are the settings at the top level of the file: the flags of imgserver, among which
// are all that both programs have.
func Shared() *pflag.FlagSet {
	f := pflag.NewFlagSet("settings", pflag.ContinueOnError)
	new(ServeFlags).Register(f)
	return f
}

// Program gives a program's commands the settings that are in the file and the environment.
type Program struct {
	// Commands have settings of their own, by their names; nil in a program without.
	Commands func() map[string]*pflag.FlagSet

	file string
}

// Register adds --config, and makes every command take settings for the flags it has.
func (p *Program) Register(root *cobra.Command) {
	root.PersistentFlags().StringVar(&p.file, "config", File, "`FILE` with settings; an empty name reads none")
	_ = root.MarkPersistentFlagFilename("config", "yaml")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return p.Apply(cmd) }
}

func (p *Program) known() settings.Known {
	k := settings.Known{Shared: Shared()}
	if p.Commands != nil {
		k.Commands = p.Commands()
	}
	return k
}

// Apply sets the flags of a command that its command line does not have. A command without
// settings reads none, and works whatever is wrong with them.
func (p *Program) Apply(cmd *cobra.Command) error {
	known := p.known()
	name := cmd.Name()
	if !cmd.HasParent() && p.Commands != nil {
		name = "build"
	}
	if known.Commands[name] == nil || cmd.HasParent() && cmd.Parent().HasParent() {
		name = ""
	}
	any := name != ""
	cmd.Flags().VisitAll(func(f *pflag.Flag) { any = any || known.Shared.Lookup(f.Name) != nil })
	if !any {
		return nil
	}
	said, err := p.Read(cmd)
	if err != nil {
		return err
	}
	return said.Apply(cmd.Flags(), name)
}

// Read reads the file and the environment.
func (p *Program) Read(cmd *cobra.Command) (*settings.Said, error) {
	name, named := p.Name(cmd)
	return settings.Read(name, named, os.Environ(), p.known())
}

// Name is the file that has the settings, and whether somebody named it.
func (p *Program) Name(cmd *cobra.Command) (file string, named bool) {
	if flag := cmd.Flags().Lookup("config"); flag != nil && flag.Changed {
		return p.file, true
	}
	if name, ok := os.LookupEnv(settings.File); ok {
		return name, true
	}
	return File, false
}

// Show lists what counts for a command that has the shared flags.
func (p *Program) Show(cmd *cobra.Command) ([]settings.Shown, error) {
	said, err := p.Read(cmd)
	if err != nil {
		return nil, err
	}
	return said.Show(p.known(), cmd.Flags()), nil
}

// Right says that nothing is wrong with the settings, and where they are.
func (p *Program) Right(cmd *cobra.Command) error {
	said, err := p.Read(cmd)
	if err != nil {
		return err
	}
	what := said.File
	if name, _ := p.Name(cmd); what == "" && name != "" {
		what = name + ", which is not there"
	} else if what == "" {
		what = "the environment; no file is read"
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "nothing wrong in %s\n", what)
	return err
}

// Schema describes the file.
func (p *Program) Schema() []byte { return settings.Schema(p.known()) }

var mentioned = regexp.MustCompile(`--[a-z]+(-[a-z]+)*`)

// Explain adds to an error about flags where their values are from, unless that is the
// command line.
func Explain(cmd *cobra.Command, err error) error {
	var usage command.UsageError
	if cmd == nil || !errors.As(err, &usage) {
		return err
	}
	var said []string
	for _, flag := range mentioned.FindAllString(err.Error(), -1) {
		o := settings.OriginOf(cmd.Flags(), strings.TrimPrefix(flag, "--"))
		line := "  " + flag + " is from " + o.String()
		if o.Flag == "" && o != (settings.Origin{}) && !slices.Contains(said, line) {
			said = append(said, line)
		}
	}
	if len(said) == 0 {
		return err
	}
	return command.Usagef("%w\n%s", err, strings.Join(said, "\n"))
}
