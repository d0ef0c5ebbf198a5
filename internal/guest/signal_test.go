package guest

import "testing"

func TestStopSignals(t *testing.T) {
	for text, want := range map[string]int{"": 15, "SIGTERM": 15, "quit": 3, "37": 37, "RTMIN+3": 37, "SIGRTMAX-14": 50} {
		if got, err := stopSignal(text); err != nil || got != want {
			t.Errorf("%q is %d (%v), not %d", text, got, err, want)
		}
	}
	for _, text := range []string{"0", "65", "SIGFOO", "RTMIN+31", "$(id)"} {
		if got, err := stopSignal(text); err == nil {
			t.Errorf("%q is taken for %d", text, got)
		}
	}
}
