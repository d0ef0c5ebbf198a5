package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"lxdocker/internal/config"
	"lxdocker/internal/settings"
)

// aboutOneCall are commands whose flags say nothing that anybody would want to be always so.
var aboutOneCall = []string{"completion", "help", "config"}

// ofType are values that flags take, by their types.
var ofType = map[string]string{
	"bool": "true", "int": "7", "int64": "7", "duration": "7h", "SIZE": "7M", "string": "seven", "stringArray": "seven",
}

// values are those of flags that do not take any value of their type.
var values = map[string]string{
	"address": "127.0.0.1:7", "admin-address": "127.0.0.1:7", "log-format": "json", "imageformat": "tar", "compression": "best",
	"mirror": "docker.io=seven.example.org", "busybox": "arm64=/seven", "insecure-registry": "seven.example.org", "on-demand": "library/seven*", "on-demand-deny": "library/se*",
	"acme-domain": "seven.example.org", "acme-directory": "https://seven.example.org/directory", "acme-email": "seven@example.org",
	"policy": "auto", "window": "mon-fri 07:07-08:00 UTC", "webhook": "https://seven.example.org/notices",
	"schedule": "@daily", "allow": "10.0.0.7", "no-login": "10.0.0.7", "trusted-proxy": "10.0.0.7", "path-prefix": "/seven/", "on-demand-for": "10.0.0.0/8=library/seven",
}

func sample(f *pflag.Flag) string {
	if v, ok := values[f.Name]; ok {
		return v
	}
	return ofType[f.Value.Type()]
}

// TestEveryFlagCanBeSaidInTheFile writes all flags of lxdocker into a file, those of each
// command in its section, and looks whether each command has them then.
func TestEveryFlagCanBeSaidInTheFile(t *testing.T) {
	sections := map[string]map[string]any{}
	visit(t, func(cmd *cobra.Command, section string, f *pflag.Flag) {
		if sections[section] == nil {
			sections[section] = map[string]any{}
		}
		sections[section][f.Name] = written(t, f)
	})
	text, err := json.Marshal(map[string]any{settings.Section: sections}) // YAML is a superset
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := settings.Read(file, true, nil, settings.Known{Shared: config.Shared(), Commands: commandsWithSettings()})
	if err != nil {
		t.Fatal(err)
	}
	visit(t, func(cmd *cobra.Command, section string, f *pflag.Flag) {
		if err := said.Apply(cmd.Flags(), section); err != nil {
			t.Fatal(err)
		}
		if o := settings.OriginOf(cmd.Flags(), f.Name); o.File != file || !strings.Contains(f.Value.String(), sample(f)) && f.Value.Type() != "duration" {
			t.Errorf("%s --%s is %s, from %s", cmd.CommandPath(), f.Name, f.Value, o)
		}
	})
	accepts(t, text)
}

// TestEverySharedFlagCanBeSaidInTheFile is the same for the top level, with imgserver's.
func TestEverySharedFlagCanBeSaidInTheFile(t *testing.T) {
	all := map[string]any{}
	config.Shared().VisitAll(func(f *pflag.Flag) { all[f.Name] = written(t, f) })
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := settings.Read(file, true, nil, settings.Known{Shared: config.Shared()})
	if err != nil {
		t.Fatal(err)
	}
	flags := config.Shared()
	if err := said.Apply(flags, ""); err != nil {
		t.Fatal(err)
	}
	flags.VisitAll(func(f *pflag.Flag) {
		if o := settings.OriginOf(flags, f.Name); o.File != file {
			t.Errorf("--%s is from %s", f.Name, o)
		}
	})
	accepts(t, text)
}

func TestTheSchemaRefusesMistakes(t *testing.T) {
	for _, text := range []string{
		`{"kep": 4}`, `{"keep": 0}`, `{"keep": "many"}`, `{"keep-days": 100001}`, `{"on-demand": "library/*"}`, `{"every": 60}`, `{"every": "often"}`,
		`{"imageformat": "zip"}`, `{"debug": 1}`, `{"cache-size": "large"}`, `{"dry-run": true}`, `{"config": "x"}`, `{"lxdocker": {"prun": {}}}`, `{"lxdocker": {"list": {"keep": 1}}}`,
	} {
		if err := schema(t).Validate(document(t, []byte(text))); err == nil {
			t.Errorf("the schema accepts %s", text)
		}
	}
}

// visit calls f for all flags that can be said, of fresh commands.
func visit(t *testing.T, f func(cmd *cobra.Command, section string, flag *pflag.Flag)) {
	t.Helper()
	root := newRoot()
	root.InitDefaultCompletionCmd()
	for _, cmd := range append([]*cobra.Command{root}, root.Commands()...) {
		if slices.Contains(aboutOneCall, cmd.Name()) {
			continue
		}
		section := cmd.Name()
		if cmd == root {
			section = "build"
		}
		cmd.InitDefaultHelpFlag()
		cmd.LocalFlags().VisitAll(func(flag *pflag.Flag) {
			if !slices.Contains([]string{"config", "help", "version"}, flag.Name) {
				f(cmd, section, flag)
			}
		})
		for _, below := range cmd.Commands() {
			if cmd != root && below.LocalNonPersistentFlags().HasFlags() {
				t.Errorf("%s has flags that cannot be said in the file", below.CommandPath())
			}
		}
	}
}

func written(t *testing.T, f *pflag.Flag) any {
	t.Helper()
	v := sample(f)
	if v == "" {
		t.Fatalf("which value does --%s take, of the type %s?", f.Name, f.Value.Type())
	}
	if _, list := f.Value.(pflag.SliceValue); list {
		return []string{v}
	}
	if kind := f.Value.Type(); kind == "bool" || kind == "int" || kind == "int64" {
		return json.RawMessage(v)
	}
	return v
}

func accepts(t *testing.T, text []byte) {
	t.Helper()
	if err := schema(t).Validate(document(t, text)); err != nil {
		t.Errorf("the schema refuses it: %v", err)
	}
}

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	said := &config.Program{Commands: commandsWithSettings}
	if err := c.AddResource("config.json", document(t, said.Schema())); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("config.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func document(t *testing.T, text []byte) any {
	t.Helper()
	d, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return d
}
