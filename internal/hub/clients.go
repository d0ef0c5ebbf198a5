package hub

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"lxdocker/internal/ratelimit"
)

// The recent use of clients survives a restart: otherwise the clients that request most
// would be first again.

// known is what a file says of one client.
type known struct {
	Client string    `json:"client"`
	Asked  float64   `json:"asked,omitempty"` // images, of those that an hour allows
	Since  time.Time `json:"since,omitzero"`
	Had    float64   `json:"had,omitempty"`   // seconds of places
	Times  float64   `json:"times,omitempty"` // it has asked for one
	Until  time.Time `json:"until,omitzero"`
}

func (h *Hub) clientsFile() string { return filepath.Join(filepath.Dir(h.Journal), "clients.json") }

// readClients takes up what the program before knew. It is worth little, so that what
// cannot be read is left out. No time is one that is yet to come: a clock was wrong.
func (h *Hub) readClients() {
	data, err := os.ReadFile(h.clientsFile())
	var list []known
	if err != nil || json.Unmarshal(data, &list) != nil {
		return
	}
	now := h.Now()
	past := func(t time.Time) time.Time {
		if t.After(now) {
			return now
		}
		return t
	}
	for _, k := range list[:min(len(list), 2*ratelimit.Clients)] {
		if k.Asked > 0 {
			h.clients.Restore(k.Client, ratelimit.Used{Count: k.Asked, At: past(k.Since)})
		}
		if k.Had > 0 {
			h.use.restore(k.Client, used{time.Duration(k.Had * float64(time.Second)), max(0, k.Times), past(k.Until)})
		}
	}
}

// saveClients writes down who has asked for much.
func (h *Hub) saveClients() {
	data, err := json.Marshal(h.knownClients())
	if err == nil {
		err = replace(h.clientsFile(), data)
	}
	if err != nil {
		h.Log.Warn("cannot keep what clients have asked for", "error", fmt.Errorf("writing %s: %w", h.clientsFile(), err))
	}
}

func (h *Hub) knownClients() []*known {
	all := map[string]*known{}
	of := func(client string) *known {
		if all[client] == nil {
			all[client] = &known{Client: client}
		}
		return all[client]
	}
	h.clients.Each(func(client string, u ratelimit.Used) {
		k := of(client)
		k.Asked, k.Since = u.Count, u.At
	})
	h.use.each(func(client string, u used) {
		k := of(client)
		k.Had, k.Times, k.Until = u.time.Seconds(), u.asks, u.at
	})
	list := make([]*known, 0, len(all))
	for _, k := range all {
		list = append(list, k)
	}
	return list
}
