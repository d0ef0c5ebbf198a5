package spec

import (
	"slices"
	"strconv"
	"strings"
)

// signalName gives a signal the one way to write it that the rest of lxdocker
// has to know: SIGNAME, SIGRTMIN+N, SIGRTMAX-N, or a number without a sign.
func signalName(s string) (string, bool) {
	if n, err := strconv.ParseUint(s, 10, 8); err == nil {
		return strconv.FormatUint(n, 10), n >= 1 && n <= 64
	}
	name := strings.TrimPrefix(strings.ToUpper(s), "SIG")
	if slices.Contains(signalNames(), name) {
		return "SIG" + name, true
	}
	for _, base := range []string{"RTMIN+", "RTMAX-"} {
		if digits, ok := strings.CutPrefix(name, base); ok {
			n, err := strconv.ParseUint(digits, 10, 8)
			return "SIG" + base + strconv.FormatUint(n, 10), err == nil && n <= 30 // 34..64 are the real-time ones
		}
	}
	return "", false
}

// signalNames are Linux's, see signal(7), in the order of their numbers.
func signalNames() []string {
	return []string{
		"HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "IOT", "BUS", "FPE", "KILL", "USR1",
		"SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CLD", "CONT", "STOP", "TSTP",
		"TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "POLL", "PWR",
		"SYS", "UNUSED", "RTMIN", "RTMAX",
	}
}
