package acme

import "context"

// Pass does what is due, as Run does again and again.
func (m *Manager) Pass(ctx context.Context) { m.pass(ctx) }

// Forgive is what Run does when it is woken.
func (m *Manager) Forgive() { m.forgive() }
