package certificate

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"lxdocker/internal/changes"
	"lxdocker/internal/durable"
)

// Pair is a certificate whose files may be replaced while it is in use, as
// those from an ACME client are.
type Pair struct {
	files Files
	log   *slog.Logger

	mu    sync.Mutex
	seen  [2]changes.Stamp // of the files when they were last read, well or not
	valid *tls.Certificate
}

// Load reads a pair.
func Load(files Files, log *slog.Logger) (*Pair, error) {
	p := &Pair{files: files, log: log}
	p.seen = files.stamps()
	var err error
	p.valid, err = files.read()
	if info, e := os.Stat(files.Key); e == nil && info.Mode().Perm()&0o004 != 0 {
		log.Warn("every user of this machine can read the key of the certificate: run `chmod o-r` for it", "key", files.Key)
	}
	return p, err
}

// read reads a pair whose key nobody else can have put there.
func (f Files) read() (*tls.Certificate, error) {
	if err := durable.CheckOwner(f.Key); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("loading the key of the certificate: %w", err)
	}
	c, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	if err != nil {
		return nil, fmt.Errorf("loading the certificate %s with the key %s: %w", f.Cert, f.Key, err)
	}
	return &c, nil
}

func (f Files) stamps() [2]changes.Stamp {
	return [2]changes.Stamp{changes.StampOf(f.Cert), changes.StampOf(f.Key)}
}

// Get is for tls.Config.GetCertificate. It looks at the files again and reads
// them if they changed; while they do not fit together, as in the middle of a
// renewal, the pair before stays in use.
func (p *Pair) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.files.stamps()
	if now == p.seen {
		return p.valid, nil
	}
	p.reload(now)
	return p.valid, nil
}

// Reload reads the files whether or not they seem to have changed.
func (p *Pair) Reload() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reload(p.files.stamps())
}

// reload reads the files, which look so now. The caller has mu.
func (p *Pair) reload(now [2]changes.Stamp) {
	p.seen = now
	fresh, err := p.files.read()
	if err != nil {
		p.log.Warn("keeping the old certificate", "error", err)
		return
	}
	p.show(fresh)
}

// soon is how long before its end a certificate is complained of at most, and soonShare which
// part of its life: those of a few days are renewed shortly before their end.
const (
	soon      = 14 * 24 * time.Hour
	soonShare = 6
)

// Problem says why clients refuse the certificate at a time, or will soon; "" if they
// do not.
func (p *Pair) Problem(now time.Time) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return problem(p.valid.Leaf.NotBefore, p.valid.Leaf.NotAfter, now)
}

func problem(from, until, now time.Time) string {
	switch {
	case now.Before(from):
		return fmt.Sprintf("clients refuse the certificate: it is not valid before %s, and it is %s: is the clock of this machine right, or was it wrong when the certificate was made?",
			from.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	case now.After(until):
		return fmt.Sprintf("clients refuse the certificate: it was valid until %s", until.UTC().Format(time.RFC3339))
	case until.Sub(now) < min(soon, until.Sub(from)/soonShare):
		return fmt.Sprintf("clients will refuse the certificate soon: it is valid until %s", until.UTC().Format(time.RFC3339))
	}
	return ""
}

// Fingerprint is the hex sha256 of the certificate, as LXD and Incus show it.
func (p *Pair) Fingerprint() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return fingerprint(p.valid)
}

// Expires is when the certificate ends.
func (p *Pair) Expires() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.valid.Leaf.NotAfter
}

func fingerprint(c *tls.Certificate) string { return sum(c.Certificate[0]) }

// sum is the fingerprint of a certificate in DER.
func sum(der []byte) string {
	digest := sha256.Sum256(der)
	return hex.EncodeToString(digest[:])
}
