package progress

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestABoardRemembersWhatGoesOnAndWhatFailed(t *testing.T) {
	at := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	b := NewBoard(Discard(), func() time.Time { return at })
	defer b.Close()
	one, other := b.Task("one"), b.Task("other")
	one.Step(Resolving, 0)
	one.Fetch(3, 1000)
	one.Known("sha256:1", 100)
	l := one.Layer("sha256:2", 900)
	l.Add(300)
	other.Step(Assembling, 50)
	other.Add(20)
	want := []Standing{{"one", Fetching, 400, 1000, at}, {"other", Assembling, 20, 50, at}}
	if got := b.Tasks(); !slices.Equal(got, want) {
		t.Errorf("there is %v, not %v", got, want)
	}
	l.End(nil)
	one.End(Built, "")
	other.Fail(errors.New("broken"))
	if got := b.Tasks(); len(got) != 0 {
		t.Errorf("after all has ended there is %v", got)
	}
	if got := b.Failures(); len(got) != 1 || got[0].Name != "other" || got[0].Err.Error() != "broken" || got[0].At != at {
		t.Errorf("failures are %v", got)
	}
	b.Task("other").End(Interrupted, "")
	if got := b.Failures(); len(got) != 1 {
		t.Errorf("after one that was interrupted failures are %v", got)
	}
	b.Task("other").End(Unchanged, "")
	if got := b.Failures(); len(got) != 0 {
		t.Errorf("after a success failures are %v", got)
	}
}

func TestABoardTellsHowLongStepsTook(t *testing.T) {
	at := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	b := NewBoard(Discard(), func() time.Time { return at })
	defer b.Close()
	var told []string
	b.Watch(func(step string, long time.Duration) { told = append(told, fmt.Sprint(step, " ", long)) })
	pass := func(d time.Duration) { at = at.Add(d) }
	one, other := b.Task("one"), b.Task("other")
	pass(time.Hour) // it waits
	one.Step(Resolving, 0)
	pass(time.Second)
	one.Fetch(3, 1000)
	other.Step(Resolving, 0)
	pass(time.Minute)
	other.Fail(errors.New("broken"))
	one.Step(Assembling, 50)
	pass(2 * time.Second)
	one.End(Built, "")
	want := []string{"resolving 1s", "resolving 1m0s", "fetching 1m0s", "assembling 2s"}
	if !slices.Equal(told, want) {
		t.Errorf("it told %q, not %q", told, want)
	}
}

func TestABoardRemembersTheNewestFailures(t *testing.T) {
	b := NewBoard(Discard(), time.Now)
	for i := range 3 * maxFailures {
		b.Task(fmt.Sprint(i)).Fail(errors.New("broken"))
		b.Task("always").Fail(errors.New("broken"))
	}
	got := b.Failures()
	if len(got) != maxFailures || got[0].Name != "always" || got[1].Name != fmt.Sprint(3*maxFailures-1) {
		t.Errorf("there are %d: %v", len(got), got)
	}
}
