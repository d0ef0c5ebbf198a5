package access

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	mostFailures = 10               // wrong logins that a client has at once
	refill       = 10 * time.Second // for one more
	mostClients  = 10_000           // that are remembered
)

// Failures counts wrong logins for each client. The zero value has counted none.
type Failures struct {
	mu  sync.Mutex
	had map[string]bucket
}

// bucket is how many wrong logins count at a time.
type bucket struct {
	used float64
	at   time.Time
}

func (b bucket) left(now time.Time) float64 {
	return max(0, b.used-float64(now.Sub(b.at))/float64(refill))
}

// begin counts a login that is about to be checked, as if it were wrong: of many at once no
// more are checked than of one after the other. wait is until when there is no more of them.
func (f *Failures) begin(client string, now time.Time) (wait time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.had == nil {
		f.had = map[string]bucket{}
	}
	used := f.had[client].left(now)
	if used+1 > mostFailures {
		return time.Duration((used + 1 - mostFailures) * float64(refill))
	}
	if len(f.had) >= mostClients {
		f.clean(now)
	}
	f.had[client] = bucket{used + 1, now}
	return 0
}

// blocked is how long a client has to wait before its next login is looked at.
func (f *Failures) blocked(client string, now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	used := f.had[client].left(now)
	if used+1 > mostFailures {
		return time.Duration((used + 1 - mostFailures) * float64(refill))
	}
	return 0
}

// right takes back what begin has counted.
func (f *Failures) right(client string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := f.had[client]
	if b.used--; b.used <= 0 {
		delete(f.had, client)
		return
	}
	f.had[client] = b
}

// clean forgets the clients that have had the fewest failures: who comes from many addresses
// does not make others forgotten that have had more.
func (f *Failures) clean(now time.Time) {
	maps.DeleteFunc(f.had, func(_ string, b bucket) bool { return b.left(now) == 0 })
	if len(f.had) < mostClients {
		return
	}
	byUse := slices.SortedFunc(maps.Keys(f.had), func(a, b string) int { return cmp.Compare(f.had[a].left(now), f.had[b].left(now)) })
	for _, client := range byUse[:len(byUse)/2] {
		delete(f.had, client)
	}
}
