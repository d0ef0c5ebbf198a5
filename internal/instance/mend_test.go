package instance

import (
	"testing"

	"lxdocker/internal/daemon"
)

// Wherever an update is broken off, there is a next step until one instance has the name.
func TestEveryStateHasANextStep(t *testing.T) {
	here := func() *daemon.Instance { return &daemon.Instance{} }
	u := &Updater{}
	for name, row := range map[string]struct {
		f    found
		done bool
	}{
		"nothing was begun":             {found{current: here()}, true},
		"the new one is made":           {found{current: here(), new: here(), mNew: mark{Role: roleNew, Step: stepMade}}, false},
		"the old one is to be stopped":  {found{current: here(), mCurrent: mark{Role: roleOld}, new: here()}, false},
		"the old one has left its name": {found{old: here(), mOld: mark{Role: roleOld}, new: here()}, false},
		"the new one has the name":      {found{current: here(), mCurrent: mark{Role: roleNew, Step: stepGate}, old: here()}, false},
		"it works":                      {found{current: here(), mCurrent: mark{Role: roleNew, Step: stepKept}, old: here()}, true},
		"it does not":                   {found{current: here(), mCurrent: mark{Role: roleNew, Step: stepFailed}, old: here()}, false},
		"it is to be set aside":         {found{current: here(), mCurrent: mark{Role: roleFailed}, old: here()}, false},
		"it is set aside":               {found{old: here(), mOld: mark{Role: roleOld}, failed: here()}, false},
		"the old one has its name":      {found{current: here(), mCurrent: mark{Role: roleOld}, failed: here()}, false},
		"all is as before":              {found{current: here(), failed: here()}, true},
		"there is no such instance":     {found{}, true},
	} {
		if got := u.next(row.f) == nil; got != row.done {
			t.Errorf("%s: done is %v", name, got)
		}
	}
}
