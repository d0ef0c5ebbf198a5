package build

import (
	"fmt"
	"testing"
)

// TestLargeTreesTakeThePlacesOfLayers: memory is for one or the other.
func TestLargeTreesTakeThePlacesOfLayers(t *testing.T) {
	for _, c := range []struct {
		jobs   int
		files  int64
		places int64
	}{
		{4, 0, 0},
		{4, 30_000, 0}, // a Debian with an application
		{4, 100_000, 1},
		{4, 399_999, 3},
		{4, 400_000, 4},
		{4, 5_000_000, 4},
		{1, 399_999, 0},
		{1, 400_000, 1},
		{32, 5_000_000, 6},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			if got := New(Builder{}, c.jobs).limits.tree(c.files); got != c.places {
				t.Errorf("it takes %d", got)
			}
		})
	}
}
