package hub

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"sync"
	"time"
)

// use records for how long each client has recently had places for conversions. The past
// counts less: half of it after ten minutes.
type use struct {
	mu   sync.Mutex
	time map[string]used
}

type used struct {
	time time.Duration // at that time
	at   time.Time
}

const halfLife = 10 * time.Minute

func newUse() *use { return &use{time: map[string]used{}} }

func (u *use) of(client string, now time.Time) time.Duration {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.time[client].left(now)
}

func (u used) left(now time.Time) time.Duration {
	ago := max(0, now.Sub(u.at))
	return time.Duration(float64(u.time) * math.Exp2(-float64(ago)/float64(halfLife)))
}

// add counts a time. Of too many clients, the half that has had least is forgotten.
func (u *use) add(client string, d time.Duration, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.time[client] = used{u.time[client].left(now) + max(0, d), now}
	if len(u.time) <= maxClients {
		return
	}
	left := func(client string) time.Duration { return u.time[client].left(now) }
	byUse := slices.SortedFunc(maps.Keys(u.time), func(a, b string) int { return cmp.Compare(left(a), left(b)) })
	for _, client := range byUse[:len(byUse)/2] {
		delete(u.time, client)
	}
}

func (u *use) each(f func(client string, u used)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for client, one := range u.time {
		f(client, one)
	}
}
