package main

import (
	"testing"

	"lxdocker/internal/command/commandtest"
)

func TestDocumentedCommandLines(t *testing.T) {
	commandtest.Documented(t, "../..", "lxdocker", func(args []string) error {
		cmd, rest, err := newRoot().Find(args)
		if err != nil {
			return err
		}
		return cmd.ParseFlags(rest)
	})
}
