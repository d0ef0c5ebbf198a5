package block

import (
	"crypto/sha256"
	"sync"
)

// memo remembers what blocks become that are compressed again and again.
type memo struct {
	mu     sync.Mutex
	blocks map[[sha256.Size]byte][]byte
}

const (
	mostRemembered   = 4         // blocks
	worthRemembering = 128 << 10 // bytes
)

// of returns what a block became, or remembers what make makes of it.
func (m *memo) of(src []byte, make func() []byte) []byte {
	key := sha256.Sum256(src)
	m.mu.Lock()
	out, ok := m.blocks[key]
	m.mu.Unlock()
	if ok {
		return out
	}
	out = make()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.blocks == nil || len(m.blocks) >= mostRemembered {
		m.blocks = map[[sha256.Size]byte][]byte{}
	}
	m.blocks[key] = append([]byte(nil), out...)
	return out
}
