package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"lxdocker/internal/command"
)

func TestAnInterruptionSaysWhatCouldNotBeUndone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	stopped := fmt.Errorf("starting web: %w", context.Canceled)
	stuck := errors.New("removing web again: it is busy")
	for want, err := range map[string]error{
		"lxdocker: interrupted; nothing half-made was published\n":                                           stopped,
		"lxdocker: interrupted; nothing half-made was published\nlxdocker: removing web again: it is busy\n": fmt.Errorf("web: %w", errors.Join(stopped, stuck)),
	} {
		var said strings.Builder
		if code := exitCode(ctx, err, &said); code != command.ExitInterrupted || said.String() != want {
			t.Errorf("exit code %d, and %q, not %q", code, said.String(), want)
		}
	}
}
