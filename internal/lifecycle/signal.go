package lifecycle

import (
	"slices"
	"strconv"
	"strings"
)

// Signal is a Linux signal.
type Signal struct {
	Number int    // from 1 to 64
	Name   string // SIGQUIT, SIGRTMIN+3, SIGRTMAX-2; or the number, if it was written as one
}

// Real-time signals as C libraries number them. The two below belong to the threads
// library.
const (
	rtMin = 34
	rtMax = 64
)

// ParseSignal reads what Docker's STOPSIGNAL can be (github.com/moby/sys/signal): a
// number, or a name with or without SIG.
func ParseSignal(s string) (Signal, bool) {
	if n, err := strconv.Atoi(s); err == nil {
		return Signal{n, strconv.Itoa(n)}, n >= 1 && n <= rtMax
	}
	name := strings.TrimPrefix(strings.ToUpper(s), "SIG")
	if i := slices.IndexFunc(signals, func(names []string) bool { return slices.Contains(names, name) }); i >= 0 {
		return Signal{i + 1, "SIG" + name}, true
	}
	if offset, ok := strings.CutPrefix(name, "RTMIN"); ok {
		return realTime("SIGRTMIN", rtMin, offset, "+")
	}
	if offset, ok := strings.CutPrefix(name, "RTMAX"); ok {
		return realTime("SIGRTMAX", rtMax, offset, "-")
	}
	return Signal{}, false
}

// realTime reads the "", "+3" or "-2" after RTMIN or RTMAX.
func realTime(name string, number int, offset, sign string) (Signal, bool) {
	if offset == "" {
		return Signal{number, name}, true
	}
	digits, signed := strings.CutPrefix(offset, sign)
	n, err := strconv.ParseUint(digits, 10, 8)
	if !signed || err != nil || n > rtMax-rtMin {
		return Signal{}, false
	}
	name += sign + strconv.FormatUint(n, 10)
	if sign == "-" {
		return Signal{number - int(n), name}, true
	}
	return Signal{number + int(n), name}, true
}

// SignalNames returns the names without SIG, in the order of their numbers, with
// RTMIN and RTMAX at the end.
func SignalNames() []string {
	return append(slices.Concat(signals...), "RTMIN", "RTMAX")
}

// signals has the names of the signals, from 1 on (signal(7)). The numbers are the
// same on every architecture that images are made for; only alpha, mips and sparc
// differ.
var signals = [][]string{
	{"HUP"}, {"INT"}, {"QUIT"}, {"ILL"}, {"TRAP"}, {"ABRT", "IOT"}, {"BUS"}, {"FPE"}, {"KILL"}, {"USR1"}, {"SEGV"}, {"USR2"},
	{"PIPE"}, {"ALRM"}, {"TERM"}, {"STKFLT"}, {"CHLD", "CLD"}, {"CONT"}, {"STOP"}, {"TSTP"}, {"TTIN"}, {"TTOU"}, {"URG"},
	{"XCPU"}, {"XFSZ"}, {"VTALRM"}, {"PROF"}, {"WINCH"}, {"IO", "POLL"}, {"PWR"}, {"SYS", "UNUSED"},
}
