package hub

import (
	"math"
	"sync"
	"time"

	"lxdocker/internal/ratelimit"
)

// use records for how long each client has recently had places for conversions. The past
// counts less: half of it after ten minutes.
type use struct {
	mu   sync.Mutex
	time map[string]used
}

type used struct {
	time time.Duration // at that time
	asks float64       // how often it has asked for a place
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
	return time.Duration(float64(u.time) * u.part(now))
}

func (u used) asked(now time.Time) float64 { return u.asks * u.part(now) }

// part is what still counts of what was so at that time.
func (u used) part(now time.Time) float64 {
	return math.Exp2(-float64(max(0, now.Sub(u.at))) / float64(halfLife))
}

// ask counts that a client asks for a place.
func (u *use) ask(client string, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	one := u.time[client]
	u.keep(client, used{one.left(now), one.asked(now) + 1, now}, now)
}

// quick says whether what a client asks for is mostly made in a moment, as far as is known: it
// has asked more than once. Somebody who asks for small images all day long has had places for
// as long in all as somebody who once asked for a large one.
func (u *use) quick(client string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	one := u.time[client]
	const moment = float64(young / 2)
	return one.asks >= 1.5 && float64(one.time) < one.asks*moment // as much counts of both
}

// asks is how often a client has asked for a place.
func (u *use) asks(client string, now time.Time) float64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.time[client].asked(now)
}

// add counts a time.
func (u *use) add(client string, d time.Duration, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	one := u.time[client]
	u.keep(client, used{one.left(now) + max(0, d), one.asked(now), now}, now)
}

// restore takes up what was known of a client at some time.
func (u *use) restore(client string, one used) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.keep(client, one, one.at)
}

// keep notes what a client has had. The caller has mu.
func (u *use) keep(client string, one used, now time.Time) {
	u.time[client] = one
	ratelimit.Bound(u.time, func(one used) time.Duration { return one.left(now) })
}

func (u *use) each(f func(client string, u used)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for client, one := range u.time {
		f(client, one)
	}
}
