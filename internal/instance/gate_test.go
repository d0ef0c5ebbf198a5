package instance

import (
	"context"
	"testing"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
)

// What an instance says of itself, it can say for ever.
func TestAGateComesToAnEnd(t *testing.T) {
	asked := 0
	for name, texts := range map[string]func(string) (string, bool){
		"it is healthy now and then": func(path string) (string, bool) {
			if path != "/run/lxdocker/health" {
				return map[string]string{"/run/lxdocker/plan/health": "1000\x001000\x000\x000\x003\x00"}[path], true
			}
			if asked++; asked%2 == 0 {
				return `{"status":"starting"}`, true
			}
			return `{"status":"healthy"}`, true
		},
		"its state is a link": func(path string) (string, bool) { return "", path != "/run/lxdocker/state" },
		"its state is none":   func(path string) (string, bool) { return map[string]string{"/run/lxdocker/state": "{"}[path], true },
	} {
		f, c := newFakeDaemon(t)
		f.web(nil).Status = "Running"
		f.texts = texts
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		if shown, err := (Gate{Steady: 600 * time.Millisecond, Most: time.Second}).wait(ctx, c, "web"); !refused(err) {
			t.Errorf("%s: %q, %v", name, shown, err)
		}
		stop()
	}
}

// A daemon that does not answer, or does not permit it, says nothing of an image.
func TestWhatIsNotOfTheImage(t *testing.T) {
	for err, want := range map[error]bool{
		failure.Errorf(failure.Unsupported, "a link"): true,
		failure.Errorf(failure.Unavailable, "away"):   false,
		failure.Errorf(failure.Denied, "denied"):      false,
	} {
		if got := ofImage(err); got != want {
			t.Errorf("%v: %v", err, got)
		}
	}
}

func TestNobodyWaitsForEverForADaemonThatWorks(t *testing.T) {
	f, c := newFakeDaemon(t)
	f.works = true
	if err := idleWithin(t.Context(), c, 0, "web"); failure.KindOf(err) != failure.Unavailable {
		t.Errorf("it is idle: %v", err)
	}
}

// Nobody reads what an unattended update would leave behind, and the program that looks is the
// instance's.
func TestAnUnattendedPreviewExecutesNothing(t *testing.T) {
	f, c := newFakeDaemon(t)
	f.web(map[string]string{setting + "ENTRYPOINT": waits[0]}).Status = "Running" // as the fake copies in no other
	u := updaterOf(c, "f2")
	u.Hold = func(context.Context, daemon.Instance, string) (string, error) { return "", nil }
	if r, err := u.Update(t.Context(), "web", "x", true); err != nil || r.Outcome != Would {
		t.Fatalf("%+v, %v", r, err)
	}
	if f.executed != 0 {
		t.Errorf("%d programs were executed", f.executed)
	}
}
