package server

import "testing"

func TestWhoStandsStill(t *testing.T) {
	for what, test := range map[string]struct {
		was, now queue
		still    bool
	}{
		"takes nothing":                   {queue{1000, 9}, queue{1000, 9}, true},
		"takes a kilobyte":                {queue{1000, 100_000}, queue{2024, 98_976}, true},
		"takes what is asked of it":       {queue{1000, 100_000}, queue{1000 + leastProgress, 100_000}, false},
		"has taken all, and waits for us": {queue{1000, 0}, queue{1000, 0}, false},
		"has just taken all":              {queue{1000, 500}, queue{1500, 0}, false},
		"had nothing to take until now":   {queue{1000, 0}, queue{1000, 500}, false},
	} {
		if got := test.now.still(test.was); got != test.still {
			t.Errorf("one that %s: %v", what, got)
		}
	}
}
