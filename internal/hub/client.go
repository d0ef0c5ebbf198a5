package hub

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// clientLimiter counts what each client made the hub do: a bucket that holds what it
// may ask for in an hour, and fills again in an hour.
type clientLimiter map[string]bucket

type bucket struct {
	used float64   // at that time
	at   time.Time // of the last request
}

// maxClients is how many addresses are remembered at most.
const maxClients = 10_000

// admit counts a request, or says how long to wait before the next one.
func (l clientLimiter) admit(client string, perHour int, now time.Time) (wait time.Duration) {
	if perHour <= 0 {
		return 0
	}
	if len(l) >= maxClients {
		l.clean(perHour, now)
	}
	b := bucket{l[client].left(perHour, now), now}
	if b.used+1 > float64(perHour) {
		return time.Duration((b.used + 1 - float64(perHour)) / float64(perHour) * float64(time.Hour))
	}
	b.used++
	l[client] = b
	return 0
}

// left is how much of the bucket is still used.
func (b bucket) left(perHour int, now time.Time) float64 {
	return max(0, b.used-now.Sub(b.at).Hours()*float64(perHour))
}

// clean forgets the clients whose buckets are full again; and if that is not enough, the
// half of the others that has requested least. It never forgets all at once: a client that
// has used up its requests could otherwise reset its count by asking from many addresses.
func (l clientLimiter) clean(perHour int, now time.Time) {
	for client, b := range l {
		if b.left(perHour, now) == 0 {
			delete(l, client)
		}
	}
	if len(l) < maxClients {
		return
	}
	used := func(client string) float64 { return l[client].left(perHour, now) }
	byUse := slices.SortedFunc(maps.Keys(l), func(a, b string) int { return cmp.Compare(used(a), used(b)) })
	for _, client := range byUse[:len(byUse)/2] {
		delete(l, client)
	}
}
