package oci

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Healthcheck is an image's HEALTHCHECK (docker image spec v1.2; the OCI config does
// not list it, but builders write it there, too). A zero number means that the image
// does not say.
type Healthcheck struct {
	// Nothing, ["NONE"], ["CMD", PROGRAM, ARGUMENT, …] or ["CMD-SHELL", TEXT]; the
	// text is for the image's Shell.
	Test []string

	Interval      time.Duration // these are 0, or 1 ms at least
	Timeout       time.Duration
	StartPeriod   time.Duration
	StartInterval time.Duration
	Retries       int
}

// parseHealthcheck returns nil for a check that cannot be used: a wrong type, a
// negative number, an unknown form. That is neither an error nor a warning: Docker
// runs no check then, or not even the image.
func parseHealthcheck(raw json.RawMessage) *Healthcheck {
	var h *Healthcheck
	if len(raw) == 0 || json.Unmarshal(raw, &h) != nil || h == nil {
		return nil
	}
	for _, d := range []time.Duration{h.Interval, h.Timeout, h.StartPeriod, h.StartInterval} {
		if d < 0 || d > 0 && d < time.Millisecond { // Docker's own bound
			return nil
		}
	}
	if h.Retries < 0 || !knownTest(h.Test) {
		return nil
	}
	return h
}

func knownTest(test []string) bool {
	if len(test) == 0 {
		return true
	}
	switch test[0] {
	case "NONE":
		return true
	case "CMD", "CMD-SHELL":
		return runnable(test[1:])
	}
	return false
}

// parseShell returns nil for a SHELL that cannot be used.
func parseShell(raw json.RawMessage) []string {
	var shell []string
	if len(raw) == 0 || json.Unmarshal(raw, &shell) != nil || !runnable(shell) {
		return nil
	}
	return shell
}

// runnable reports whether argv names a program and can be passed to execve(2).
func runnable(argv []string) bool {
	return len(argv) > 0 && argv[0] != "" && !slices.ContainsFunc(argv, func(s string) bool { return strings.Contains(s, "\x00") })
}
