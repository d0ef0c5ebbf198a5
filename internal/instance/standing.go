package instance

import (
	"slices"

	"lxdocker/internal/daemon"
)

// Standing is what updates have written down on an instance.
type Standing struct {
	Kept    bool   // an update keeps it beside another one
	Before  string // fingerprint of the image before the last update
	Refused string // fingerprint of the image that did not work
	Resting string // the process that has stopped it for the update of another one, and starts it again
}

// StandingOf reads it.
func StandingOf(i daemon.Instance) Standing {
	s := Standing{Refused: i.Config[keyRefused]}
	if _, s.Kept = beside(i); s.Kept {
		return s // it is not to be started, whatever it says
	}
	s.Resting = resting(i)
	if m := markAt(i); m.Role == roleNew {
		s.Before = m.From
	}
	return s
}

// Unfinished lists the names that updates have broken off from, or that one works on.
func Unfinished(all []daemon.Instance) (names []string) {
	for _, i := range all {
		if m, ok := beside(i); ok && m.Step != stepKept {
			names = append(names, m.Of)
		} else if m := markAt(i); !ok && (m.By != "" || m.open()) {
			names = append(names, i.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
