package guest

import (
	"cmp"
	"fmt"

	"lxdocker/internal/lifecycle"
)

// stopSignal gives the number of a STOPSIGNAL. "" is SIGTERM.
func stopSignal(s string) (int, error) {
	signal, ok := lifecycle.ParseSignal(cmp.Or(s, lifecycle.DefaultStopSignal))
	if !ok {
		return 0, fmt.Errorf("stop signal %q: no such signal; SIGTERM, SIGQUIT, SIGRTMIN+3 or 15 would be ones", s)
	}
	return signal.Number, nil
}
