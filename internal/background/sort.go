package background

import (
	"context"
	"slices"
)

// SortFunc sorts as slices.SortFunc does, unless ctx ends before it has.
func SortFunc[T any](ctx context.Context, list []T, compare func(a, b T) int) error {
	steps := 0
	slices.SortFunc(list, func(a, b T) int {
		if steps++; steps > few && ctx.Err() != nil {
			return 0 // whatever the order, it comes to an end
		}
		return compare(a, b)
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// few is how many comparisons nobody waits for.
const few = 1 << 12
