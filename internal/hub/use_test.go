package hub

import (
	"testing"
	"time"
)

func TestWhoIsQuick(t *testing.T) {
	now := time.Now()
	for what, test := range map[string]struct {
		times int
		each  time.Duration
		quick bool
	}{
		"is new":                            {0, 0, false},
		"has asked once":                    {1, 10 * time.Millisecond, false},
		"has asked twice, for little":       {2, 10 * time.Millisecond, true},
		"asks for little all day long":      {500, 60 * time.Millisecond, true},
		"asks for much":                     {5, 2 * time.Second, false},
		"asks for what takes half a second": {20, young, false},
	} {
		u := newUse()
		for range test.times {
			u.ask("client", now)
			u.add("client", test.each, now)
		}
		if got := u.quick("client"); got != test.quick {
			t.Errorf("who %s: %v", what, got)
		}
	}
}
