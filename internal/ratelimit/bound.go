package ratelimit

import (
	"cmp"
	"maps"
	"slices"
)

// Clients is how many are remembered at most.
const Clients = 10_000

// Bound forgets clients if there are more than may be remembered: those that have used nothing,
// and, if they are too few, the half of the others that has used least.
func Bound[V any, N cmp.Ordered](of map[string]V, used func(V) N) {
	if len(of) <= Clients {
		return
	}
	had := make(map[string]N, len(of))
	var nothing N
	for client, v := range of {
		if n := used(v); n > nothing {
			had[client] = n
		} else {
			delete(of, client)
		}
	}
	if len(of) <= Clients {
		return
	}
	byUse := slices.SortedFunc(maps.Keys(had), func(a, b string) int { return cmp.Compare(had[a], had[b]) })
	for _, client := range byUse[:len(byUse)/2] {
		delete(of, client)
	}
}
