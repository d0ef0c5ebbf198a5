package hub

import "time"

// betweenTidyings is how long changes are gathered, at least.
const betweenTidyings = time.Minute

// untidy says that there is something to tidy. It waits for nothing.
func (h *Hub) untidy() {
	select {
	case h.changed <- struct{}{}:
	default: // somebody has said so
	}
}

// tidying tidies soon after something changed, but not after each change, until
// the hub ends; and then once more if there is need.
func (h *Hub) tidying() {
	for h.ctx.Err() == nil {
		select {
		case <-h.changed:
			h.tidy()
		case <-h.ctx.Done():
		}
		pause := time.NewTimer(betweenTidyings)
		select {
		case <-pause.C:
		case <-h.ctx.Done():
		}
		pause.Stop()
	}
}

func (h *Hub) tidy() {
	if err := h.Converter.Tidy(); err != nil {
		h.Log.Error("cannot tidy up after conversions; the next one tries again", "error", err)
		h.untidy()
	}
}

// lastTidy does what tidying had no time for, when nothing is under way any more.
func (h *Hub) lastTidy() {
	select {
	case <-h.changed:
		h.tidy()
	default:
	}
}
