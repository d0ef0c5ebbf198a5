package convert

import (
	"fmt"
	"testing"
)

// TestLargeTreesTakeThePermitsOfLayers: memory is for one or the other.
func TestLargeTreesTakeThePermitsOfLayers(t *testing.T) {
	for _, c := range []struct {
		jobs    int
		files   int64
		permits int64
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
			if got := New(Converter{}, c.jobs).limits.tree(c.files); got != c.permits {
				t.Errorf("it takes %d", got)
			}
		})
	}
}
