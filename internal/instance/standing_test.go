package instance

import (
	"strings"
	"testing"

	"lxdocker/internal/daemon"
)

func TestWhatAnUpdateHasBegunIsSeen(t *testing.T) {
	for name, row := range map[string]struct {
		i    daemon.Instance
		want string
	}{
		"an update that has ended":     {marked(t, "web", mark{Role: roleNew, Of: "web", Step: stepKept}), ""},
		"one that is kept":             {marked(t, "web-old", mark{Role: roleOld, Of: "web", Step: stepKept}), ""},
		"a new one beside":             {marked(t, "web-new", mark{Role: roleNew, Of: "web", Step: stepMade}), "web"},
		"an old one between two names": {marked(t, "web-old", mark{Role: roleOld, Of: "web"}), "web"},
		"a new one at the gate":        {marked(t, "web", mark{Role: roleNew, Of: "web", Step: stepGate}), "web"},
		"an old one that stops":        {marked(t, "web", mark{Role: roleOld, Of: "web", Step: stepStopping, By: "x"}), "web"},
		"a copy of a new one":          {marked(t, "copy", mark{Role: roleNew, Of: "web", Step: stepGate}), ""},
		"one that was never updated":   {daemon.Instance{Name: "web"}, ""},
	} {
		if got := strings.Join(Unfinished([]daemon.Instance{row.i}), " "); got != row.want {
			t.Errorf("%s: %q is unfinished", name, got)
		}
	}
}

func TestWhatUpdatesHaveWrittenDown(t *testing.T) {
	i := marked(t, "web", mark{Role: roleNew, Of: "web", Step: stepKept, From: "before"})
	i.Config[keyRefused], i.Config[keyResting] = "bad", "web host/1/2"
	if got, want := StandingOf(i), (Standing{Before: "before", Refused: "bad", Resting: "host/1/2"}); got != want {
		t.Errorf("it is %+v", got)
	}
	i.Name = "copy"
	if got := StandingOf(i); got.Resting != "" {
		t.Errorf("a copy would be started beside the original: %+v", got)
	}
	kept := marked(t, "web-old", mark{Role: roleOld, Of: "web", Step: stepKept})
	kept.Config[keyResting] = "web-old host/1/2"
	if got := StandingOf(kept); !got.Kept || got.Resting != "" {
		t.Errorf("one that is kept would be started: %+v", got)
	}
}

// An instance that rests for another one is updated as one that runs, and its successor does
// not rest.
func TestARestIsNotInherited(t *testing.T) {
	old := daemon.Instance{Name: "web", Config: map[string]string{imageRef: "x", keyResting: "web host/1/2", "user.other": "stays"}}
	m := mark{Role: roleNew, Of: "web"}
	n, err := successor(old, &m)
	if err != nil {
		t.Fatal(err)
	}
	if n.Config[keyResting] != "" || n.Config["user.other"] != "stays" {
		t.Errorf("the new one has %q", n.Config)
	}
	parked := mark{Role: roleOld, Of: "web"}
	parked.park(&old)
	if old.Config[keyResting] != "" || parked.Config[keyResting] != "" {
		t.Errorf("the old one has %q, and gets back %q", old.Config, parked.Config)
	}
}
