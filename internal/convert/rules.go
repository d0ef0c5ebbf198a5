package convert

import "sync/atomic"

// rules are the bounds that count now.
type rules struct{ all, onDemand Bounds }

// changeable are rules that may change while a converter works.
type changeable = atomic.Pointer[rules]

// Bound makes other bounds count, for conversions that start from now on.
func (c *Converter) Bound(all, onDemand Bounds) { c.rules.Store(&rules{all, onDemand}) }

func (c *Converter) boundsOf(j Job) Bounds {
	now := c.rules.Load()
	if j.OnDemand {
		return now.onDemand
	}
	return now.all
}
