package hub

import (
	"slices"
	"sync"
	"time"
)

// askers remember which clients asked lately for images that were not there, for those who are
// shown their own ones alone. A restart forgets that.
type askers struct {
	mu sync.Mutex
	at map[asking]time.Time
}

// asking is that a client asks for an image.
type asking struct {
	request
	client string
}

// mostAskings are remembered: of more, the older half is forgotten.
const mostAskings = 2000

func (a *askers) note(r request, client string, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.at == nil {
		a.at = map[asking]time.Time{}
	}
	a.at[asking{r, client}] = now
	if len(a.at) <= mostAskings {
		return
	}
	times := make([]time.Time, 0, len(a.at))
	for _, t := range a.at {
		times = append(times, t)
	}
	slices.SortFunc(times, time.Time.Compare)
	middle := times[len(times)/2]
	for one, t := range a.at {
		if !t.After(middle) && one != (asking{r, client}) {
			delete(a.at, one)
		}
	}
}

// AskedBy says whether a client asked lately for an image that was not there, and may have it.
// arch is in LXD's words.
func (h *Hub) AskedBy(client, reference, arch string) bool {
	r := reading(reference, arch)
	if !h.allowed(r) {
		return false
	}
	h.askers.mu.Lock()
	defer h.askers.mu.Unlock()
	_, asked := h.askers.at[asking{r, client}]
	return asked
}

// AskedBy is as that of the hub.
func (v *View) AskedBy(client, reference, arch string) bool {
	r := reading(reference, arch)
	return v.hub.AskedBy(client, reference, arch) && v.policy.Allows(r.ref)
}

// Askers are the clients that asked lately for an image that was not there.
func (h *Hub) Askers(reference, arch string) (clients []string) {
	r := reading(reference, arch)
	h.askers.mu.Lock()
	defer h.askers.mu.Unlock()
	for one := range h.askers.at {
		if one.request == r {
			clients = append(clients, one.client)
		}
	}
	slices.Sort(clients)
	return clients
}
