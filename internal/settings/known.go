package settings

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"lxdocker/internal/command"
)

// Section is the key below which commands have settings of their own.
const Section = "lxdocker"

// Prefix begins the names of environment variables: see docs/adr/0015-settings.md.
const Prefix = "LXHUB_"

// Known are the settings that there are. Values are tried out on the flags, so they must not
// be those that a program works with.
type Known struct {
	Shared   *pflag.FlagSet            // at the top level
	Commands map[string]*pflag.FlagSet // in Section, by the command; nil: another program looks at them
}

// setting is one that can be said: its key, as lxdocker.prune.keep, and the flag.
type setting struct {
	key  string
	flag *pflag.Flag
}

// all are the settings, in the order in which they are shown.
func (k Known) all() (all []setting) {
	for _, f := range flagsOf(k.Shared) {
		all = append(all, setting{f.Name, f})
	}
	for _, command := range slices.Sorted(maps.Keys(k.Commands)) {
		for _, f := range flagsOf(k.Commands[command]) {
			all = append(all, setting{path(command, f.Name), f})
		}
	}
	return all
}

func path(command, flag string) string { return strings.Join([]string{Section, command, flag}, ".") }

// Variable is the environment variable for a key.
func Variable(key string) string {
	return Prefix + strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(key))
}

// notSettings are flags about one call of a program, or about the file itself.
var notSettings = []string{"config", "help", "version"}

func flagsOf(f *pflag.FlagSet) (all []*pflag.Flag) {
	f.VisitAll(func(flag *pflag.Flag) {
		if !slices.Contains(notSettings, flag.Name) {
			all = append(all, flag)
		}
	})
	return all
}

func names(f *pflag.FlagSet) (all []string) {
	for _, flag := range flagsOf(f) {
		all = append(all, flag.Name)
	}
	return all
}

// try sets a flag, and says what is wrong with the value; "" if nothing is.
func try(flag *pflag.Flag, text string) string {
	var err error
	if list, ok := flag.Value.(pflag.SliceValue); ok {
		err = list.Replace([]string{text})
	} else {
		err = flag.Value.Set(text)
	}
	if err != nil {
		return command.Explain(flag.Value, err)
	}
	return ""
}
