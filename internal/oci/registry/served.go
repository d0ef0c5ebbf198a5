package registry

import (
	"sync"
	"time"
)

// suspicion is for how long who asks for a blob again is taken to have got something
// else than he was to get.
const suspicion = 10 * time.Minute

// served remembers which host has sent a blob to its end.
type served struct {
	now func() time.Time

	mu   sync.Mutex
	from map[[2]string]sender // by repository and digest
}

type sender struct {
	host string
	at   time.Time
}

// read notes that a blob was read to its end.
func (s *served) read(repo, digest, host string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.from == nil || len(s.from) >= maxValues {
		s.from = map[[2]string]sender{}
	}
	s.from[[2]string{repo, digest}] = sender{host, s.now()}
}

// again is the host that has just sent the blob, which is asked for once more; "" if
// there is none.
func (s *served) again(repo, digest string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.from[[2]string{repo, digest}]
	delete(s.from, [2]string{repo, digest})
	if s.now().Sub(before.at) > suspicion {
		return ""
	}
	return before.host
}
