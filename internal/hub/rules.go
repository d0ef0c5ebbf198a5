package hub

import "time"

// Rules are what people decide about a hub, and may decide anew while it works.
type Rules struct {
	Policy    Policy
	Limits    Limits
	Freshness Freshness
}

// Limits are what clients may make the hub do; zero means no limit, but for
// Conversions and Waiting.
type Limits struct {
	Conversions int   // at once; 0: two; and half as many that have taken so long that others went before
	Waiting     int   // images that wait for their conversion, those under way included; 0: fifty
	PerClient   int   // images that were not there, by one address in an hour
	Disk        int64 // bytes that all images on demand may take in the store
}

// Freshness says which tags are looked at again.
type Freshness struct {
	Every time.Duration // how often; 0: never
	Days  time.Duration // images that were not requested for so long are removed; 0: never
}

// complete fills in what nobody has said.
func (r Rules) complete() *Rules {
	if r.Limits.Conversions <= 0 {
		r.Limits.Conversions = 2
	}
	if r.Limits.Waiting <= 0 {
		r.Limits.Waiting = 50
	}
	return &r
}

// Rules are those that count now. Nobody changes what it points to.
func (h *Hub) Rules() *Rules { return h.rules.Load() }

// Change makes other rules count. Conversions that work go on, whether or not they could be
// asked for now; those that wait for their turn do not begin if they could not. Images that
// are there are looked through at once: what nobody may have any more, or has no room, goes.
func (h *Hub) Change(rules Rules) {
	now := rules.complete()
	before := h.rules.Swap(now)
	h.first.resize(now.Limits.Conversions)
	h.long.resize(longPlaces(now.Limits.Conversions))
	h.mu.Lock()
	clear(h.failed) // what failed may be possible now
	if now.Freshness.Every != before.Freshness.Every {
		clear(h.next) // was reckoned with another time
	}
	h.mu.Unlock()
	select {
	case h.ruled <- struct{}{}:
	default: // that is about to be noticed
	}
}

// resize changes how many places there are. Nobody loses one.
func (t *turns) resize(places int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.places = places
	t.hand()
}
