package lifecycle

import "testing"

func TestSignalsAreUnderstoodAsInDocker(t *testing.T) {
	for written, want := range map[string]Signal{
		"SIGTERM": {15, "SIGTERM"}, "TERM": {15, "SIGTERM"}, "term": {15, "SIGTERM"}, "sigterm": {15, "SIGTERM"}, "Quit": {3, "SIGQUIT"},
		"SIGINT": {2, "SIGINT"}, "SIGHUP": {1, "SIGHUP"}, "SIGUSR1": {10, "SIGUSR1"}, "SIGUSR2": {12, "SIGUSR2"}, "SIGWINCH": {28, "SIGWINCH"},
		"SIGPWR": {30, "SIGPWR"}, "SIGKILL": {9, "SIGKILL"}, "SIGSYS": {31, "SIGSYS"}, "SIGUNUSED": {31, "SIGUNUSED"},
		"SIGIOT": {6, "SIGIOT"}, "CLD": {17, "SIGCLD"}, "SIGPOLL": {29, "SIGPOLL"},
		"1": {1, "1"}, "15": {15, "15"}, "015": {15, "15"}, "+15": {15, "15"}, "37": {37, "37"}, "64": {64, "64"},
		"SIGRTMIN": {34, "SIGRTMIN"}, "RTMIN+3": {37, "SIGRTMIN+3"}, "rtmin+15": {49, "SIGRTMIN+15"}, "SIGRTMIN+030": {64, "SIGRTMIN+30"},
		"SIGRTMAX": {64, "SIGRTMAX"}, "RTMAX-14": {50, "SIGRTMAX-14"}, "RTMAX-0": {64, "SIGRTMAX-0"}, "RTMAX-30": {34, "SIGRTMAX-30"},
	} {
		if got, ok := ParseSignal(written); !ok || got != want {
			t.Errorf("%q is %v (%v), not %v", written, got, ok, want)
		}
	}
}

func TestWhatIsNoSignalIsRefused(t *testing.T) {
	for _, written := range []string{
		"", "0", "-1", "65", "SIG", "SIGFOO", "SIGSIGTERM", "SIGNAL", "TERM ", "15x", "3.0", "1_0", "$(id)", "\n",
		"RTMIN+", "RTMIN+31", "RTMIN-1", "RTMIN+3+3", "RTMIN+x", "RTMIN3", "RTMINUS", "RTMAX+1", "RTMAX-31",
	} {
		if got, ok := ParseSignal(written); ok {
			t.Errorf("%q is taken for %v", written, got)
		}
	}
}

func TestEverySignalNameIsUnderstood(t *testing.T) {
	for _, name := range SignalNames() {
		if got, ok := ParseSignal(name); !ok || got.Name != "SIG"+name {
			t.Errorf("%s is %v (%v)", name, got, ok)
		}
	}
	if n := len(SignalNames()); n != 37 {
		t.Errorf("there are %d names", n)
	}
}
