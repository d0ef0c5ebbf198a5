package block

// lanes bound how much is on its way at once. Threads in the background have so little of the
// processors that what they have begun may take long; whoever is spared does not wait behind
// them, but has a lane of its own besides.
type lanes struct{ all, spared chan struct{} }

func newLanes(all, spared int) lanes {
	return lanes{all: make(chan struct{}, all), spared: make(chan struct{}, spared)}
}

// besides is the lane besides; for who is not spared it is nil, into which nothing can be sent.
func (l lanes) besides(spared bool) chan struct{} {
	if spared {
		return l.spared
	}
	return nil
}

// enter waits for a place. Receiving from the lane gives it back.
func (l lanes) enter(spared bool) (lane chan struct{}) {
	select {
	case l.all <- struct{}{}:
		return l.all
	case l.besides(spared) <- struct{}{}:
		return l.spared
	}
}

// size is how many places there are.
func (l lanes) size() int { return cap(l.all) + cap(l.spared) }
