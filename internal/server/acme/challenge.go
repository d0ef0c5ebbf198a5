package acme

import (
	"crypto/tls"
	"slices"
	"strings"

	protocol "golang.org/x/crypto/acme"
)

// Protocol is what an authority names in its handshake when it verifies a name, and nobody else
// does (RFC 8737, section 3).
const Protocol = protocol.ALPNProto

// Challenge returns the certificate that answers an authority; nil if the client is none, or
// there is nothing to verify now.
func (m *Manager) Challenge(hello *tls.ClientHelloInfo) *tls.Certificate {
	if m == nil || !slices.Equal(hello.SupportedProtos, []string{Protocol}) {
		return nil
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.challenges[strings.ToLower(hello.ServerName)]
}

// answer has a challenge answered; nil ends that.
func (m *Manager) answer(name string, c *tls.Certificate) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.challenges[name] = c; c == nil {
		delete(m.challenges, name)
	}
}
