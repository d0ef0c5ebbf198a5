package hub

import (
	"cmp"
	"context"
	"errors"
	"math/bits"
	"slices"
	"sync"
	"time"
)

// turns gives places to those who want to work. One client never has all of them, and a
// place that becomes free goes to the client that has fewest, then to the one that has
// had them for much less time lately, then to the one that asked for far fewer, or else
// to who waits for longest: nobody's slow images keep others from being converted, nor do
// images of many who each ask for many.
//
// If there is none for a client that has had less than another one that has a place, the
// other one's work is broken off, to be begun again elsewhere: at places from which
// nobody is moved who works. So who asks for a small image now and then need not wait until
// large ones are made.
type turns struct {
	places int
	moves  bool
	use    *use
	now    func() time.Time

	mu      sync.Mutex
	taken   int
	working map[string]int // places, by client
	waiting []*turn        // in the order they came
	held    []*turn        // those that have a place, or were moved and have not ended yet
	again   *time.Timer    // hands again when somebody may have had a place for long enough; nil: nobody waits for that
}

// turn has a place, or waits for one.
type turn struct {
	turns  *turns
	client string
	given  chan struct{}   // closed when it has a place
	ctx    context.Context // ends with errMoved when somebody else needs the place
	end    context.CancelCauseFunc
	began  time.Time // when it got its place
	moved  bool
	stall  stall
}

// errMoved is why work is broken off that is to be begun again elsewhere.
var errMoved = errors.New("somebody who has asked for less needs the place")

const (
	// headStart is how much longer than another client one has to have had places before it
	// loses one to it.
	headStart = time.Second / 25
	// spared is how long work is not broken off whatever others have had, unless it is that of
	// a heavy client, which has had so much: a small image on a machine that is busy would
	// wait where those are that take long. While clients are new to a server, nobody is
	// heavy, and a small image may wait for as long as this. Quick clients never are.
	spared, heavy = headStart, 20 * headStart
	// exactly is how exactly these times are told: who had places about as long as somebody
	// else waits in line.
	exactly = headStart / 10
)

// longPlaces is how many of those that take long are converted at once, beside as many as
// conversions of others: half of them, as they take most of the memory, and nobody is moved
// from there.
func longPlaces(conversions int) int { return max(1, conversions/2) }

func newTurns(places int, moves bool, u *use, now func() time.Time) *turns {
	return &turns{places: places, moves: moves, use: u, now: now, working: map[string]int{}}
}

// share is how many places one client may have.
func (t *turns) share() int { return max(1, t.places-1) }

// take waits for a place, as long as the context lives; give has to be called then.
// onWait, unless it is nil, is called if there is none at once.
func (t *turns) take(ctx context.Context, client string, onWait func()) (*turn, error) {
	mine := &turn{turns: t, client: client, given: make(chan struct{})}
	mine.ctx, mine.end = context.WithCancelCause(ctx)
	t.mu.Lock()
	if t.moves { // whoever was moved has asked once
		t.use.ask(client, t.now())
	}
	t.waiting = append(t.waiting, mine)
	t.hand()
	t.mu.Unlock()
	select {
	case <-mine.given:
		return mine, nil
	default:
	}
	if onWait != nil {
		onWait()
	}
	select {
	case <-mine.given:
		return mine, nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	at := slices.Index(t.waiting, mine)
	if at >= 0 {
		t.waiting = slices.Delete(t.waiting, at, at+1)
		t.hand() // another one may be next now
	}
	t.mu.Unlock()
	if at < 0 { // it was given one in the same moment
		mine.give()
	}
	mine.end(nil)
	return nil, context.Cause(ctx)
}

// give gives the place back. It may be called twice.
func (m *turn) give() {
	t := m.turns
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.Index(t.held, m)
	if at < 0 {
		return
	}
	t.held = slices.Delete(t.held, at, at+1)
	t.use.add(m.client, t.now().Sub(m.began), t.now())
	if !m.moved {
		t.free(m)
	}
	m.end(nil)
	t.hand()
}

// free makes the place of a turn free. The caller has mu.
func (t *turns) free(m *turn) {
	t.taken--
	if t.working[m.client]--; t.working[m.client] == 0 {
		delete(t.working, m.client)
	}
}

// hand gives free places to those who wait, and makes one free if need be. The caller has mu.
func (t *turns) hand() {
	if t.again != nil {
		t.again.Stop()
		t.again = nil
	}
	for len(t.waiting) > 0 {
		next := t.next()
		if next == nil {
			return
		}
		if t.taken >= t.places {
			if moved, in := t.move(next.client); !moved {
				t.handIn(in)
				return
			}
		}
		t.waiting = slices.DeleteFunc(t.waiting, func(w *turn) bool { return w == next })
		t.taken++
		t.working[next.client]++
		next.began = t.now()
		t.held = append(t.held, next)
		close(next.given)
	}
}

// next is whose turn it is; nil if none of those who wait may have one more.
func (t *turns) next() (next *turn) {
	had, now := t.had(), t.now()
	asks := func(client string) int { return bits.Len64(uint64(t.use.asks(client, now) + 0.5)) }
	order := func(a, b string) int {
		return cmp.Or(
			cmp.Compare(t.working[a], t.working[b]),
			cmp.Compare(magnitude(had(a)), magnitude(had(b))),
			cmp.Compare(asks(a), asks(b)),
			cmp.Compare(had(a), had(b)))
	}
	for _, w := range t.waiting {
		if t.working[w.client] < t.share() && (next == nil || order(w.client, next.client) < 0) {
			next = w
		}
	}
	return next
}

// magnitude is how often a time doubles the head start: who had places for a moment
// more or less is not so different that it decides alone.
func magnitude(had time.Duration) int { return bits.Len64(uint64(had / headStart)) }

// handIn hands again after a while; never, if that is 0. The caller has mu.
func (t *turns) handIn(in time.Duration) {
	if in <= 0 {
		return
	}
	t.again = time.AfterFunc(min(in, time.Second), func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.hand()
	})
}

// move takes the place of whoever has had places for longest, if that is longer than
// somebody else has had them. If it is not, it may be so in a while: not before that time,
// or never, if that is 0, unless somebody gives a place back or stalls.
func (t *turns) move(client string) (moved bool, in time.Duration) {
	if len(t.held)-t.taken >= t.places { // as many as that have not ended yet
		return false, 0
	}
	had, now := t.had(), t.now()
	var loser *turn
	for _, m := range t.held {
		stalled := m.stall.stalled.Load()
		may := !m.moved && (t.moves || stalled)
		if left := t.spares(m.client, had) - now.Sub(m.began); may && !stalled && left > 0 {
			if in == 0 || left < in {
				in = left
			}
		} else if may && (loser == nil || had(m.client) > had(loser.client)) {
			loser = m
		}
	}
	if loser == nil {
		return false, in
	}
	start := headStart
	if loser.stall.stalled.Load() {
		start = 0
	}
	if missing := had(client) + start - had(loser.client); missing > 0 {
		return false, max(missing/time.Duration(len(t.held)), exactly) // nobody gains time faster
	}
	loser.moved = true
	t.free(loser)
	loser.end(errMoved)
	return true, 0
}

// spares says for how long work of a client is let alone.
func (t *turns) spares(client string, had func(string) time.Duration) time.Duration {
	if had(client) >= heavy && !t.use.quick(client) {
		return 0
	}
	return spared
}

// had says for how long clients have had places lately.
func (t *turns) had() func(client string) time.Duration {
	now := t.now()
	known := map[string]time.Duration{}
	return func(client string) time.Duration {
		d, ok := known[client]
		if !ok {
			d = t.use.of(client, now)
			for _, m := range t.held {
				if m.client == client {
					d += now.Sub(m.began)
				}
			}
			d = d.Truncate(exactly)
			known[client] = d
		}
		return d
	}
}
