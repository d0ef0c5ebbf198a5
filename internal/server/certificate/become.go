package certificate

import "crypto/tls"

// Become makes a pair show another one, whose files are looked at from now on.
func (p *Pair) Become(other *Pair) {
	other.mu.Lock()
	files, seen, valid := other.files, other.seen, other.valid
	other.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.files, p.seen = files, seen
	p.show(valid)
}

// show shows a certificate. The caller has mu.
func (p *Pair) show(fresh *tls.Certificate) {
	if fingerprint(fresh) != fingerprint(p.valid) {
		p.log.Info("the certificate was renewed", "file", p.files.Cert, "fingerprint", fingerprint(fresh), "expires", fresh.Leaf.NotAfter)
	}
	p.valid = fresh
}
