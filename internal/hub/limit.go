package hub

import (
	"sync/atomic"
	"time"
)

// changeable are limits that may change while a hub works.
type changeable struct{ perClient, days atomic.Int64 }

// Limit changes how many images that were not there an address may ask for in an hour, and
// how long images stay that nobody requests; zero is no limit.
func (h *Hub) Limit(perClient int, days time.Duration) {
	h.limit.perClient.Store(int64(perClient))
	h.limit.days.Store(int64(days))
}
