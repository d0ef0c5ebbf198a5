package hub

import (
	"sync"
	"sync/atomic"
	"time"

	"lxdocker/internal/failure"
)

// A conversion whose registry sends nothing, or a byte now and then, works at nothing, and
// its place is somebody else's if need be: also at places from which nobody is moved.

const (
	// stallAfter is how long a conversion may wait for so many bytes as count before its
	// place can be somebody else's. Registries mostly answer within a second.
	stallAfter = 2 * time.Second
	// bytesThatCount is less than any line brings in that time on which images are fetched.
	bytesThatCount = 4096
	// maxMoves is how often a conversion begins again: a registry that sends nothing is
	// given up sooner or later, also while others wait.
	maxMoves = 50
)

var errNothingCame = failure.Publicf(failure.Unavailable, "the registry sends hardly anything, and others wait: ask again later")

// stall says whether a conversion waits for bytes that do not come. What it does while it
// waits nowhere takes as long as it likes.
type stall struct {
	mu      sync.Mutex
	waits   int // in so many places
	since   time.Time
	left    time.Duration // of stallAfter, at that time
	bytes   int           // that do not count yet
	timer   *time.Timer   // runs while it waits
	stalled atomic.Bool
}

// Wait implements background.Watcher.
func (m *turn) Wait() (over func(bytes int)) {
	s := &m.stall
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer == nil {
		s.left = stallAfter
		s.timer = time.AfterFunc(stallAfter, m.stalls)
	}
	if s.waits++; s.waits == 1 {
		s.since = time.Now()
		s.timer.Reset(s.left)
	}
	return s.arrived
}

// arrived notes that bytes have come.
func (s *stall) arrived(bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.waits--
	s.left -= now.Sub(s.since)
	s.since = now
	if s.bytes += bytes; s.bytes >= bytesThatCount {
		s.bytes, s.left = 0, stallAfter
		s.stalled.Store(false)
		s.timer.Reset(s.left)
	}
	if s.waits == 0 {
		s.timer.Stop()
	}
}

// stalls is called when too little has come for too long.
func (m *turn) stalls() {
	t := m.turns
	m.stall.stalled.Store(true)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hand()
}
