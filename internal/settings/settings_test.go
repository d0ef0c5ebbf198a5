package settings_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"lxdocker/internal/settings"
)

// flags are those of a program with the settings that a test needs.
type flags struct {
	Folder, Level string
	Keep          int
	Every         time.Duration
	Debug         bool
	Patterns      []string
	Cache, Path   string
}

func (o *flags) register(f *pflag.FlagSet) {
	f.StringVar(&o.Folder, "folder", "", "the `DIR`")
	f.StringVar(&o.Level, "level", "default", "`LEVEL`")
	f.IntVar(&o.Keep, "keep", 3, "`N`")
	f.DurationVar(&o.Every, "every", time.Hour, "`DURATION`")
	f.BoolVar(&o.Debug, "debug", false, "more")
	f.StringArrayVar(&o.Patterns, "pattern", nil, "`PATTERN`")
	f.StringVar(&o.Cache, "cache", "", "`DIR`")
	settings.Words(f, "level", "fast", "default", "best")
	settings.Between(f, "keep", 1, 100, "")
	settings.AtLeast(f, "every", 0, "0 is never")
	f.StringVar(&o.Path, "path", "", "`PATH`")
	settings.Check(f, "path", func() error {
		if o.Path == "hunter2" {
			return errors.New("it begins with /")
		}
		return nil
	})
	settings.Secret(f, "path")
}

func newFlags() (*flags, *pflag.FlagSet) {
	o, f := new(flags), pflag.NewFlagSet("test", pflag.ContinueOnError)
	o.register(f)
	f.String("config", "", "`FILE`")
	return o, f
}

// known are the settings of a program with the command prune, whose cache is one of its own.
func known() settings.Known {
	_, shared := newFlags()
	prune := pflag.NewFlagSet("prune", pflag.ContinueOnError)
	new(flags).register(prune)
	prune.Bool("dry-run", false, "change nothing")
	return settings.Known{Shared: shared, Commands: map[string]*pflag.FlagSet{"prune": prune}}
}

func written(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestWhatCounts(t *testing.T) {
	start := flags{Level: "default", Keep: 3, Every: time.Hour}
	for name, c := range map[string]struct {
		file, command string
		environ, args []string
		change        func(*flags)
	}{
		"defaults, without anything": {},
		"the file before the default": {file: "keep: 4\nlevel: best\ndebug: yes\nevery: 5m\nfolder: 1.10",
			change: func(f *flags) { f.Keep, f.Level, f.Debug, f.Every, f.Folder = 4, "best", true, 5*time.Minute, "1.10" }},
		"the environment before the file": {file: "keep: 4\nlevel: best", environ: []string{"LXHUB_KEEP=5", "LXDOCKER_KEEP=9", "KEEP=9"},
			change: func(f *flags) { f.Keep, f.Level = 5, "best" }},
		"the flag before the environment": {file: "keep: 4", environ: []string{"LXHUB_KEEP=5"}, args: []string{"--keep", "6"},
			change: func(f *flags) { f.Keep = 6 }},
		"a flag that says the default": {file: "keep: 4", args: []string{"--keep=3"}},
		"a list of the file": {file: "pattern: [a, b]",
			change: func(f *flags) { f.Patterns = []string{"a", "b"} }},
		"a list of the environment instead of the file's": {file: "pattern: [a, b]", environ: []string{"LXHUB_PATTERN=c  d"},
			change: func(f *flags) { f.Patterns = []string{"c", "d"} }},
		"a list of flags instead of the file's": {file: "pattern: [a, b]", args: []string{"--pattern", "e", "--pattern", "f"},
			change: func(f *flags) { f.Patterns = []string{"e", "f"} }},
		"an empty list instead of the file's": {file: "pattern: [a, b]", environ: []string{"LXHUB_PATTERN="},
			change: func(f *flags) { f.Patterns = []string{} }},
		"an empty text instead of the file's": {file: "folder: a", environ: []string{"LXHUB_FOLDER="}},
		"a command's section before the top level": {command: "prune", file: "keep: 4\nlxdocker: {prune: {keep: 1}}",
			change: func(f *flags) { f.Keep = 1 }},
		"the section of another command": {command: "list", file: "keep: 4\nlxdocker: {prune: {keep: 1}}",
			change: func(f *flags) { f.Keep = 4 }},
		"the environment before a command's section": {command: "prune", file: "lxdocker: {prune: {keep: 1}}", environ: []string{"LXHUB_KEEP=5"},
			change: func(f *flags) { f.Keep = 5 }},
		"a command's environment": {command: "prune", environ: []string{"LXHUB_KEEP=5", "LXHUB_LXDOCKER_PRUNE_KEEP=6"},
			change: func(f *flags) { f.Keep = 6 }},
		"an alias": {file: "pattern: &all [a]\nfolder: &f x\ncache: *f",
			change: func(f *flags) { f.Patterns, f.Folder, f.Cache = []string{"a"}, "x", "x" }},
		"nothing but comments": {file: "# keep: 4\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got, f := newFlags()
			if err := f.Parse(c.args); err != nil {
				t.Fatal(err)
			}
			said, err := settings.Read(written(t, c.file), true, c.environ, known())
			if err != nil {
				t.Fatal(err)
			}
			if err := said.Apply(f, c.command); err != nil {
				t.Fatal(err)
			}
			want := start
			if c.change != nil {
				c.change(&want)
			}
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAFlagOfItsOwnIsNotSetByTheTopLevel(t *testing.T) {
	file := written(t, "cache: /all\nlxdocker: {prune: {debug: true}}")
	got, f := newFlags()
	settings.Own(f, "cache")
	said, err := settings.Read(file, true, []string{"LXHUB_CACHE=/too"}, known())
	if err != nil {
		t.Fatal(err)
	}
	if err := said.Apply(f, "prune"); err != nil || got.Cache != "" || !got.Debug {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestASecretIsNotShown(t *testing.T) {
	file := written(t, "path: /hunter3")
	_, f := newFlags()
	_, before := newFlags()
	said, err := settings.Read(file, true, nil, known())
	if err != nil {
		t.Fatal(err)
	}
	if err := said.Apply(f, ""); err != nil {
		t.Fatal(err)
	}
	want := []settings.Change{{Setting: "path", Was: "", Now: "(secret)", From: file + ":1"}}
	if diff := cmp.Diff(want, settings.Changes(before, f)); diff != "" {
		t.Error(diff)
	}
	for _, s := range said.Show(known(), f) {
		if s.Setting == "path" && s.Value != "(secret)" {
			t.Errorf("%+v", s)
		}
	}
	_, err = settings.Read(written(t, "path: hunter2"), true, nil, known())
	if err == nil || strings.Contains(err.Error(), "hunter") {
		t.Errorf("a mistake shows it: %v", err)
	}
	if _, err = settings.Read("", true, []string{"LXHUB_PATH=hunter2"}, known()); err == nil || strings.Contains(err.Error(), "hunter") {
		t.Errorf("a mistake in the environment shows it: %v", err)
	}
}

func TestOrigins(t *testing.T) {
	file := written(t, "\nkeep: 4\nlevel: best\n")
	_, f := newFlags()
	if err := f.Parse([]string{"--folder", "x"}); err != nil {
		t.Fatal(err)
	}
	said, err := settings.Read(file, true, []string{"LXHUB_LEVEL=fast"}, known())
	if err != nil {
		t.Fatal(err)
	}
	if err := said.Apply(f, ""); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"keep": file + ":2", "level": "environment LXHUB_LEVEL", "folder": "flag --folder", "every": "default", "nothing": "default",
	} {
		if got := settings.OriginOf(f, name).String(); got != want {
			t.Errorf("%s is from %q, not %q", name, got, want)
		}
	}
	if !settings.Given(f) {
		t.Error("the command line has no flag")
	}
}

func TestAFileNeedNotBeThere(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "config.yaml")
	if said, err := settings.Read(missing, false, nil, known()); err != nil || said.File != "" {
		t.Errorf("%+v, %v", said, err)
	}
	if _, err := settings.Read(missing, true, nil, known()); err == nil {
		t.Error("a file that was named and is missing is no error")
	}
	if said, err := settings.Read("", true, nil, known()); err != nil || said.File != "" {
		t.Errorf("without a name: %+v, %v", said, err)
	}
}
