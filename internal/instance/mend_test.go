package instance

import (
	"strings"
	"testing"

	"lxdocker/internal/daemon"
)

// Wherever an update is broken off, there is a next step until one instance has the name.
func TestEveryStateHasANextStep(t *testing.T) {
	kept := mark{Role: roleOld, Step: stepKept}
	here := func() *daemon.Instance { return &daemon.Instance{} }
	u := &Updater{}
	for name, row := range map[string]struct {
		f    found
		done bool
	}{
		"nothing was begun":             {found{current: here()}, true},
		"the new one is made":           {found{current: here(), new: here(), mNew: mark{Role: roleNew, Step: stepMade}}, false},
		"the old one is to be stopped":  {found{current: here(), mCurrent: mark{Role: roleOld}, new: here()}, false},
		"the old one is stopping":       {found{current: here(), mCurrent: mark{Role: roleOld, Step: stepStopping}}, false},
		"its data is being moved":       {found{current: here(), mCurrent: mark{Role: roleOld, Step: stepMoving, Moving: &moving{}}, new: here()}, false},
		"the move is to be undone":      {found{current: here(), mCurrent: mark{Role: roleOld, Step: stepMoving, Moving: &moving{}}}, false},
		"the old one has left its name": {found{old: here(), mOld: mark{Role: roleOld}, new: here()}, false},
		"the new one has the name":      {found{current: here(), mCurrent: mark{Role: roleNew, Step: stepGate}, old: here()}, false},
		"it works":                      {found{current: here(), mCurrent: mark{Role: roleNew, Step: stepKept}, old: here()}, false},
		"the old one is kept":           {found{current: here(), mCurrent: mark{Role: roleNew, Step: stepKept}, old: here(), mOld: kept}, true},
		"it was to be reverted":         {found{current: here(), mCurrent: mark{Role: roleNew, Step: stepKept, By: "x"}, old: here(), mOld: kept}, false},
		"it does not":                   {found{current: here(), mCurrent: mark{Role: roleNew, Step: stepFailed}, old: here()}, false},
		"it is to be set aside":         {found{current: here(), mCurrent: mark{Role: roleFailed}, old: here()}, false},
		"it is set aside":               {found{old: here(), mOld: mark{Role: roleOld}, failed: here()}, false},
		"the old one has its name":      {found{current: here(), mCurrent: mark{Role: roleOld}, failed: here()}, false},
		"a copy of it at the gate":      {found{current: here(), mCurrent: mark{Role: roleNew, Step: stepKept}, new: here(), mNew: mark{Role: roleNew, Step: stepGate}}, true},
		"it is as before":               {found{current: here(), failed: here()}, false},
		"the failed one is kept":        {found{current: here(), failed: here(), mFailed: mark{Role: roleFailed, Step: stepKept}}, true},
		"there is no such instance":     {found{}, true},
		"the newer one was removed":     {found{old: here(), mOld: kept}, true},
		"the same, with a failed one":   {found{old: here(), mOld: kept, failed: here()}, true},
		"it was removed at the gate":    {found{old: here(), mOld: mark{Role: roleOld}}, true},
	} {
		if got := u.next(row.f) == nil; got != row.done {
			t.Errorf("%s: done is %v", name, got)
		}
	}
}

// marked is an instance of an update.
func marked(t *testing.T, name string, m mark) daemon.Instance {
	t.Helper()
	i := daemon.Instance{Name: name, Config: map[string]string{imageRef: "x"}}
	if err := m.on(&i); err != nil {
		t.Fatal(err)
	}
	return i
}

// What an update has kept, and what somebody has copied or renamed, is nothing to go on with.
func TestAMarkCountsWhereTheUpdateHasPutIt(t *testing.T) {
	kept := func(role string) mark { return mark{Role: role, Of: "web", Step: stepKept} }
	for name, row := range map[string]struct {
		i      daemon.Instance
		refuse bool   // it has no updates of its own
		wanted string // by update --all
		counts bool
	}{
		"the new one":                {marked(t, "web", kept(roleNew)), false, "web", true},
		"the old one":                {marked(t, "web-old", kept(roleOld)), true, "", false},
		"the failed one":             {marked(t, "web-failed", kept(roleFailed)), true, "", false},
		"one made beside":            {marked(t, "web-new", mark{Role: roleNew, Of: "web", Step: stepMade}), true, "web", false},
		"one between two names":      {marked(t, "web-old", mark{Role: roleOld, Of: "web"}), true, "web", false},
		"a copy of the old one":      {marked(t, "test", kept(roleOld)), false, "test", false},
		"a copy of the new one":      {marked(t, "web-new", kept(roleNew)), false, "web-new", false},
		"the new one, renamed":       {marked(t, "web3", kept(roleNew)), false, "web3", false},
		"the old one, renamed":       {marked(t, "web", kept(roleOld)), false, "web", false},
		"the old one, to be stopped": {marked(t, "web", mark{Role: roleOld, Of: "web", Step: stepStopping}), false, "web", true},
	} {
		if err := itself(row.i); (err != nil) != row.refuse {
			t.Errorf("%s: %v", name, err)
		}
		if got := strings.Join(wanted([]daemon.Instance{row.i}), " "); got != row.wanted {
			t.Errorf("%s: wanted is %q", name, got)
		}
		if got := markAt(row.i).Of != ""; got != row.counts {
			t.Errorf("%s: its mark counts: %v", name, got)
		}
	}
}
