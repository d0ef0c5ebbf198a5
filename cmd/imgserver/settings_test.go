package main

import (
	"slices"
	"testing"

	"github.com/spf13/pflag"

	"lxdocker/internal/config"
)

// TestEveryFlagIsASetting: what imgserver takes, both programs know.
func TestEveryFlagIsASetting(t *testing.T) {
	shared := config.Shared()
	newRoot(nil).LocalFlags().VisitAll(func(f *pflag.Flag) {
		if shared.Lookup(f.Name) == nil && !slices.Contains([]string{"config", "help", "version"}, f.Name) {
			t.Errorf("--%s cannot be said in the file: it belongs into config.ServeFlags", f.Name)
		}
	})
}
