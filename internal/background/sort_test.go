package background

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"testing"
)

func TestSortingEndsWithItsContext(t *testing.T) {
	why := errors.New("somebody wants that")
	for name, test := range map[string]struct {
		endAt int // comparisons
		want  error
	}{
		"in the end, the list is sorted":              {-1, nil},
		"when the context ends, no more are compared": {2 * few, why},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			list := make([]int, 1<<16)
			for i := range list {
				list[i] = i * 7919 % len(list)
			}
			steps := 0
			err := SortFunc(ctx, list, func(a, b int) int {
				if steps++; steps == test.endAt {
					cancel(why)
				}
				return cmp.Compare(a, b)
			})
			if !errors.Is(err, test.want) {
				t.Errorf("the error is %v", err)
			}
			if test.want == nil && !slices.IsSorted(list) {
				t.Error("the list is not sorted")
			}
			if test.want != nil && steps != test.endAt {
				t.Errorf("it has compared %d times, not %d", steps, test.endAt)
			}
		})
	}
}
