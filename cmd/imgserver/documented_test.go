package main

import (
	"testing"

	"lxdocker/internal/command/commandtest"
)

func TestDocumentedCommandLines(t *testing.T) {
	commandtest.Documented(t, "../..", "imgserver", func(args []string) error {
		cmd, rest, err := newRoot(nil).Find(args)
		if err != nil {
			return err
		}
		return cmd.ParseFlags(rest)
	})
}
