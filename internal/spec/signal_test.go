package spec

import "testing"

func TestSignalName(t *testing.T) {
	for written, want := range map[string]string{
		"SIGTERM": "SIGTERM", "TERM": "SIGTERM", "sigterm": "SIGTERM", "Quit": "SIGQUIT", "SIGIOT": "SIGIOT", "CLD": "SIGCLD",
		"1": "1", "64": "64", "015": "15",
		"RTMIN": "SIGRTMIN", "SIGRTMIN+3": "SIGRTMIN+3", "rtmin+30": "SIGRTMIN+30", "SIGRTMAX-14": "SIGRTMAX-14", "RTMAX-0": "SIGRTMAX-0",
		"": "", "0": "", "65": "", "-1": "", "+1": "", "SIG": "", "SIGSIGTERM": "", "SIGNAL": "", "TERM ": "", "3.0": "", "1_0": "",
		"RTMIN-1": "", "RTMAX+1": "", "RTMIN+31": "", "RTMIN+": "", "RTMIN+x": "", "RTMIN+3+3": "",
	} {
		got, ok := signalName(written)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q gives %q, %v", written, got, ok)
		}
	}
}
