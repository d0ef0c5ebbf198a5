package guest

import (
	"fmt"
	"strconv"
	"strings"
)

// Real-time signals as C libraries number them; two below belong to the
// threads library.
const (
	rtMin = 34
	rtMax = 64
)

// stopSignal understands a STOPSIGNAL as Docker does (github.com/moby/sys/signal):
// a number, or a name with or without SIG. "" is SIGTERM.
func stopSignal(s string) (int, error) {
	if s == "" {
		return 15, nil
	}
	if n, err := strconv.Atoi(s); err == nil {
		if n < 1 || n > rtMax {
			return 0, fmt.Errorf("stop signal %d: signals go from 1 to %d", n, rtMax)
		}
		return n, nil
	}
	name := strings.TrimPrefix(strings.ToUpper(s), "SIG")
	if n, ok := realTime(name); ok {
		return n, nil
	}
	for n, known := range signalNames() {
		for word := range strings.FieldsSeq(known) {
			if word == name {
				return n + 1, nil
			}
		}
	}
	return 0, fmt.Errorf("stop signal %q: no such signal; SIGTERM, SIGQUIT, SIGRTMIN+3 or 15 would be ones", s)
}

// realTime understands RTMIN, RTMIN+3, RTMAX and RTMAX-2.
func realTime(name string) (int, bool) {
	rest, above := strings.CutPrefix(name, "RTMIN")
	base, sign := rtMin, "+"
	if !above {
		var below bool
		if rest, below = strings.CutPrefix(name, "RTMAX"); !below {
			return 0, false
		}
		base, sign = rtMax, "-"
	}
	if rest == "" {
		return base, true
	}
	digits, ok := strings.CutPrefix(rest, sign)
	offset, err := strconv.ParseUint(digits, 10, 8)
	if !ok || err != nil || offset > rtMax-rtMin {
		return 0, false
	}
	if sign == "-" {
		return base - int(offset), true
	}
	return base + int(offset), true
}

// signalNames gives the names of the signals from 1 on (signal(7)). The
// numbers are the same on every architecture that images are made for; alpha,
// mips and sparc would differ.
func signalNames() []string {
	return []string{
		"HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT IOT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
		"STKFLT", "CHLD CLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH",
		"IO POLL", "PWR", "SYS UNUSED",
	}
}
