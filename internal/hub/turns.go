package hub

import (
	"context"
	"slices"
	"sync"
)

// turns gives places to those who want to work. One client never has all of them, and a
// place that becomes free goes to the client that has fewest, or else to who waits for
// longest: nobody's slow images keep others from being converted.
type turns struct {
	places int

	mu      sync.Mutex
	taken   int
	working map[string]int // places, by client
	waiting []*turn        // in the order they came
}

type turn struct {
	client string
	given  chan struct{} // closed when it has a place
}

func newTurns(places int) *turns { return &turns{places: places, working: map[string]int{}} }

// share is how many places one client may have.
func (t *turns) share() int { return max(1, t.places-1) }

// take waits for a place, as long as the context lives, and says how to give it back.
// onWait, unless it is nil, is called if there is none at once.
func (t *turns) take(ctx context.Context, client string, onWait func()) (give func(), err error) {
	mine := &turn{client: client, given: make(chan struct{})}
	t.mu.Lock()
	t.waiting = append(t.waiting, mine)
	t.hand()
	t.mu.Unlock()
	give = sync.OnceFunc(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.taken--
		if t.working[client]--; t.working[client] == 0 {
			delete(t.working, client)
		}
		t.hand()
	})
	select {
	case <-mine.given:
		return give, nil
	default:
	}
	if onWait != nil {
		onWait()
	}
	select {
	case <-mine.given:
		return give, nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	at := slices.Index(t.waiting, mine)
	if at >= 0 {
		t.waiting = slices.Delete(t.waiting, at, at+1)
	}
	t.mu.Unlock()
	if at < 0 { // it was given one in the same moment
		give()
	}
	return nil, context.Cause(ctx)
}

// hand gives free places to those who wait. The caller has mu.
func (t *turns) hand() {
	for t.taken < t.places {
		next := -1
		for i, w := range t.waiting {
			n := t.working[w.client]
			if n < t.share() && (next < 0 || n < t.working[t.waiting[next].client]) {
				next = i
			}
		}
		if next < 0 {
			return
		}
		w := t.waiting[next]
		t.waiting = slices.Delete(t.waiting, next, next+1)
		t.taken++
		t.working[w.client]++
		close(w.given)
	}
}
