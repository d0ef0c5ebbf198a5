package main

import (
	"regexp"
	"testing"

	"github.com/spf13/cobra"

	"lxdocker/internal/command/commandtest"
)

func TestDocumentedCommandLines(t *testing.T) {
	root := newRoot(nil)
	var flags []string
	for _, cmd := range append([]*cobra.Command{root}, root.Commands()...) {
		for _, found := range regexp.MustCompile(`(?m)^ {2,}(?:-., )?--([a-z-]+)`).FindAllStringSubmatch(cmd.LocalFlags().FlagUsages(), -1) {
			flags = append(flags, found[1])
		}
	}
	commandtest.Documented(t, "../..", "imgserver", flags, func(args []string) error {
		cmd, rest, err := newRoot(nil).Find(args)
		if err != nil {
			return err
		}
		return cmd.ParseFlags(rest)
	})
}
