package acme

import (
	"context"
	"crypto/x509"
	"time"

	"lxdocker/internal/server/certificate"
)

// renewal is when a certificate is renewed: a third of its life before its end, as authorities
// recommend, so that one that is unreachable for days does no harm.
func renewal(leaf *x509.Certificate) time.Time {
	life := leaf.NotAfter.Sub(leaf.NotBefore)
	return leaf.NotAfter.Add(-min(life/3, mostBefore))
}

const mostBefore = 30 * 24 * time.Hour

// pauses are those after failures. Let's Encrypt permits five failed validations of a name
// per hour (https://letsencrypt.org/docs/rate-limits/).
var pauses = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour}

// Bounds of the time between two looks. Clocks may be set, so that it is never long.
const (
	leastPause = 10 * time.Second
	mostPause  = time.Hour
)

// due is when there is something to do for a name.
func (d *domain) due() time.Time {
	switch {
	case d.failure != nil:
		return d.failure.Again
	case d.certificate == nil || d.unkept != nil:
		return time.Time{}
	}
	return renewal(d.certificate.Leaf)
}

func (m *Manager) pause() time.Duration {
	m.mu.RLock()
	defer m.mu.RUnlock()
	wait := mostPause
	for _, d := range m.domains {
		wait = min(wait, d.due().Sub(m.o.Now()))
	}
	return max(wait, leastPause)
}

// pass does what is due.
func (m *Manager) pass(ctx context.Context) {
	for _, d := range m.domains {
		m.mu.RLock()
		due := d.due()
		m.mu.RUnlock()
		if ctx.Err() == nil && !due.After(m.o.Now()) {
			m.attempt(ctx, d)
		}
	}
}

// attempt obtains a certificate, or notes why that was not possible.
func (m *Manager) attempt(ctx context.Context, d *domain) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	before := d.certificate
	err := m.renew(ctx, d)
	if err != nil && ctx.Err() == context.Canceled {
		return // the server ends
	}
	m.mu.Lock()
	if err == nil {
		d.failure = nil
	} else {
		d.failure = m.failed(d, err)
	}
	f, have := d.failure, d.certificate
	m.mu.Unlock()
	m.note()
	switch {
	case f == nil && have != before:
		m.o.Log.Info("a certificate was obtained", "name", d.name, "issuer", have.Leaf.Issuer.String(), "expires", have.Leaf.NotAfter)
	case f == nil:
	case have == nil:
		m.o.Log.Error("cannot obtain a certificate: clients that ask for this name get the server's own", "name", d.name,
			"error", f.Error, "next", f.Next, "again", f.Again)
	default:
		m.o.Log.Error("cannot renew a certificate: it is served until its end", "name", d.name, "expires", have.Leaf.NotAfter,
			"error", f.Error, "next", f.Next, "again", f.Again)
	}
}

// longest is how long an attempt may take. Some authorities look from several places.
const longest = 5 * time.Minute

func (m *Manager) failed(d *domain, err error) *certificate.Failure {
	now := m.o.Now().UTC().Truncate(time.Second)
	f := &certificate.Failure{Since: now}
	if d.failure != nil {
		f.Since, f.Times = d.failure.Since, d.failure.Times
	}
	f.Last, f.Times = now, f.Times+1
	f.Again = now.Add(pauses[min(f.Times, len(pauses))-1])
	var wait time.Duration
	f.Error, f.Next, wait = m.explain(d.name, err)
	if f.Asked = wait > 0; f.Asked {
		f.Again = later(f.Again, now.Add(wait))
	}
	return f
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
