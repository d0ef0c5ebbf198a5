package ratelimit

import (
	"sync"
	"time"
)

// Rate is how often a client may do something: Most times, also all at once, and as often again
// within In. Zero is no limit.
type Rate struct {
	Most int
	In   time.Duration
}

// each is how long one time takes to be free again, for that many of them.
func (r Rate) each(n float64) time.Duration {
	return time.Duration(n / float64(r.Most) * float64(r.In))
}

// Used is how full a client's bucket was at a time.
type Used struct {
	Count float64
	At    time.Time
}

// left is how full it still is.
func (u Used) left(r Rate, now time.Time) float64 {
	return max(0, u.Count-float64(max(0, now.Sub(u.At)))/float64(r.In)*float64(r.Most))
}

// Limiter counts what clients do. The zero value has counted nothing.
type Limiter struct {
	mu   sync.Mutex
	used map[string]Used
}

// Take counts one time, or says how long the client has to wait for it.
func (l *Limiter) Take(client string, r Rate, now time.Time) (wait time.Duration) {
	if r.Most <= 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	used, wait := l.look(client, r, now)
	if wait > 0 {
		return wait
	}
	l.put(client, Used{used + 1, now})
	Bound(l.used, func(u Used) float64 { return u.left(r, now) })
	return 0
}

// Wait is what Take would say. It counts nothing.
func (l *Limiter) Wait(client string, r Rate, now time.Time) time.Duration {
	if r.Most <= 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, wait := l.look(client, r, now)
	return wait
}

func (l *Limiter) look(client string, r Rate, now time.Time) (used float64, wait time.Duration) {
	used = l.used[client].left(r, now)
	return used, max(0, r.each(used+1-float64(r.Most)))
}

// Return takes back what Take has counted.
func (l *Limiter) Return(client string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	u := l.used[client]
	u.Count--
	l.put(client, u)
}

// Restore sets what a client has used, as Each has said it before a restart.
func (l *Limiter) Restore(client string, u Used) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.put(client, u)
}

func (l *Limiter) put(client string, u Used) {
	if u.Count <= 0 {
		delete(l.used, client)
		return
	}
	if l.used == nil {
		l.used = map[string]Used{}
	}
	l.used[client] = u
}

// Each tells f of all clients that are remembered.
func (l *Limiter) Each(f func(client string, u Used)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for client, u := range l.used {
		f(client, u)
	}
}
