package guest

import "testing"

func TestStopSignalsAreUnderstoodAsInDocker(t *testing.T) {
	for text, want := range map[string]int{
		"": 15, "SIGTERM": 15, "TERM": 15, "term": 15, "sigterm": 15, "15": 15, "SIGQUIT": 3, "SIGINT": 2, "SIGHUP": 1, "SIGUSR1": 10, "SIGUSR2": 12,
		"SIGWINCH": 28, "SIGPWR": 30, "SIGKILL": 9, "SIGSYS": 31, "CLD": 17, "SIGPOLL": 29, "1": 1, "64": 64, "37": 37,
		"SIGRTMIN": 34, "RTMIN+3": 37, "SIGRTMIN+3": 37, "rtmin+15": 49, "SIGRTMAX": 64, "RTMAX-14": 50, "SIGRTMIN+30": 64, "RTMAX-30": 34,
	} {
		if got, err := stopSignal(text); err != nil || got != want {
			t.Errorf("%q is %d (%v), not %d", text, got, err, want)
		}
	}
}

func TestWhatIsNoSignalIsRefused(t *testing.T) {
	for _, text := range []string{"0", "-1", "65", "SIG", "SIGFOO", "SIGSIGTERM", "TERM ", "15x", "RTMIN+", "RTMIN+31", "RTMIN-1", "RTMAX+1", "RTMAX-31", "RTMIN3", "RTMIN+x", "RTMINUS", "$(id)", "\n"} {
		if got, err := stopSignal(text); err == nil {
			t.Errorf("%q is taken for %d", text, got)
		}
	}
}
