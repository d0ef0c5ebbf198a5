package config_test

import (
	"testing"

	"github.com/spf13/pflag"

	"lxdocker/internal/config"
	"lxdocker/internal/settings"
)

// TestNoTwoSettingsHaveOneVariable: the names of variables know neither - nor a dot.
func TestNoTwoSettingsHaveOneVariable(t *testing.T) {
	first := map[string]string{settings.File: "--config"}
	config.Shared().VisitAll(func(f *pflag.Flag) {
		name := settings.Variable(f.Name)
		if other, twice := first[name]; twice {
			t.Errorf("%s is %s and %s", name, other, f.Name)
		}
		first[name] = f.Name
	})
}

// TestDefaultsAreRight: a check that refuses the default would refuse to be told of it.
func TestDefaultsAreRight(t *testing.T) {
	shared := config.Shared()
	shared.VisitAll(func(f *pflag.Flag) {
		if _, list := f.Value.(pflag.SliceValue); list || f.DefValue == "" {
			return
		}
		if err := f.Value.Set(f.DefValue); err != nil {
			t.Errorf("--%s %s: %v", f.Name, f.DefValue, err)
		}
	})
}
