package agent

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestOrder(t *testing.T) {
	o := newOrder(map[string][]string{
		"db": nil, "api": {"db", "cache"}, "web": {"api"}, "cache": nil, "alone": nil,
		"x": {"y"}, "y": {"x"}, "z": {"y"}, "late": {"gone"},
	})
	for _, row := range []struct {
		todo string
		most int
		want string
	}{
		{"alone api cache db web", 10, "alone cache db"},
		{"alone api cache db web", 1, "alone"},
		{"api web", 3, "api"},
		{"web", 3, "web"},
		{"db web", 3, "db"},                 // through api, which has no update
		{"web other db", 1, "db"},           // before another family
		{"b c web api db", 2, "db b"},       // what is free fills up
		{"late", 3, "late"},                 // what it names is not there
		{"db cache web api", 2, "cache db"}, // one family
	} {
		if got := strings.Join(o.wave(strings.Fields(row.todo), row.most), " "); got != row.want {
			t.Errorf("of %s, %d at once, the first are %s", row.todo, row.most, got)
		}
	}
	if got := strings.Join(o.dependents("db"), " "); got != "web api" {
		t.Errorf("before db, %s stop", got)
	}
	for name, want := range map[string]bool{"x": true, "y": true, "z": true, "web": false, "late": false} {
		if o.circular(name) != want {
			t.Errorf("circular(%s) is not %v", name, want)
		}
	}
}

// Whatever the graph is, all come to their turn, none before what it needs.
func TestWavesReachEverybodyInOrder(t *testing.T) {
	for range 200 {
		n := 1 + rand.IntN(20)
		after := map[string][]string{}
		for i := range n {
			name := strconv.Itoa(i)
			after[name] = nil
			for j := range i {
				if rand.IntN(6) == 0 {
					after[name] = append(after[name], strconv.Itoa(j))
				}
			}
		}
		o, todo, most := newOrder(after), slices.Collect(maps.Keys(after)), 1+rand.IntN(4)
		done := map[string]bool{}
		for len(todo) > 0 {
			wave := o.wave(todo, most)
			if len(wave) == 0 || len(wave) > most {
				t.Fatalf("of %v in %v, a wave is %v", todo, after, wave)
			}
			for _, name := range wave {
				for _, needed := range after[name] {
					if !done[needed] {
						t.Fatalf("%s is updated before %s, which it needs: %v", name, needed, after)
					}
				}
			}
			for _, name := range wave {
				done[name] = true
			}
			todo = slices.DeleteFunc(todo, func(name string) bool { return done[name] })
		}
	}
}
