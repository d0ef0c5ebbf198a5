package guest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A signal that has no effect yet is sent again, so one that has must not be taken
// for such a signal: the application would get it twice.
func TestWhetherASignalHasNoEffectIsToldFromTheMasksOfTheProcess(t *testing.T) {
	t.Parallel()
	functions := regexp.MustCompile(`(?ms)^\w+\(\) \{$.*?^\}[^\n]*\n`).FindAllString(string(file("stop")), -1)
	if len(functions) != 2 {
		t.Fatalf("%d functions in stop", len(functions))
	}
	const term, winch, rtMin3 = 15, 28, 37
	mask := func(signals ...int) (m uint64) {
		for _, n := range signals {
			m |= 1 << (n - 1)
		}
		return m
	}
	for name, test := range map[string]struct {
		signal                   int
		blocked, ignored, caught uint64
		deaf                     bool
	}{
		"TERM at its default":                 {signal: term},
		"WINCH at its default, which ignores": {signal: winch, deaf: true},
		"TERM that is ignored":                {signal: term, ignored: mask(term), deaf: true},
		"TERM with a handler":                 {signal: term, caught: mask(term)},
		"WINCH with a handler":                {signal: winch, caught: mask(winch)},
		"WINCH that is blocked, for signalfd": {signal: winch, blocked: mask(winch)},
		"TERM that is blocked and ignored":    {signal: term, blocked: mask(term), ignored: mask(term)},
		"WINCH while others are handled":      {signal: winch, blocked: mask(term), caught: mask(term, rtMin3), deaf: true},
		"RTMIN+3 with a handler":              {signal: rtMin3, caught: mask(rtMin3)},
		"RTMIN+3 that is ignored":             {signal: rtMin3, ignored: mask(rtMin3), deaf: true},
		"TERM while the neighbours are":       {signal: term, ignored: mask(term-1, term+1)},
	} {
		status := filepath.Join(t.TempDir(), "status")
		must(t, os.WriteFile(status, fmt.Appendf(nil, "Name:\tapp\nSigBlk:\t%016x\nSigIgn:\t%016x\nSigCgt:\t%016x\n", test.blocked, test.ignored, test.caught), 0o644))
		script := strings.ReplaceAll(strings.Join(functions, ""), `"/proc/$1/status"`, `"$1"`) + `deaf "$0" "$1" && echo yes || echo no`
		out, err := exec.Command(busyboxFile(), "sh", "-c", script, status, itoa(test.signal)).CombinedOutput()
		must(t, err)
		if got := strings.TrimSpace(string(out)); got != map[bool]string{true: "yes", false: "no"}[test.deaf] {
			t.Errorf("%s: deaf: %s", name, got)
		}
	}
}
