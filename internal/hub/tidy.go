package hub

import "time"

// tidyAfter is how long changes are gathered.
const tidyAfter = time.Minute

// untidy says that there is something to tidy. It waits for nothing.
func (h *Hub) untidy() {
	select {
	case h.changed <- struct{}{}:
	default: // somebody has said so
	}
}

// tidying tidies a while after something has changed, until the hub ends; and then
// once more if there is need. While it tidies, and waits for it, changes are gathered.
func (h *Hub) tidying() {
	for {
		select {
		case <-h.changed:
		case <-h.ctx.Done():
			return
		}
		pause := time.NewTimer(tidyAfter)
		select {
		case <-pause.C:
			select {
			case <-h.changed: // that is about to be tidied, too
			default:
			}
			h.tidy()
		case <-h.ctx.Done():
			pause.Stop()
			h.untidy() // lastTidy will
			return
		}
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
