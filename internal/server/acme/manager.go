package acme

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"lxdocker/internal/server/certificate"
)

// LetsEncrypt is the directory of an authority that all clients know.
const LetsEncrypt = "https://acme-v02.api.letsencrypt.org/directory"

// Options say for which names certificates are wanted, and of whom.
type Options struct {
	Folder    string         // keys and certificates are in a folder of it that others cannot read
	Domains   []string       // as Check has found them right
	Directory string         // URL of the ACME server
	Email     string         // that the authority may write to; "" for none
	Binding   *Binding       // to an account that a person has there; nil for none
	Roots     *x509.CertPool // that the ACME server is trusted by; nil: those of the system
	Now       func() time.Time
	Log       *slog.Logger
}

// Manager has a certificate for each name, or is about to get it. Of a nil one no name has.
type Manager struct {
	o       Options
	kept    string // the folder of this directory's files
	domains []*domain
	wake    chan struct{}

	mu         sync.RWMutex // for what follows, and the fields of domains
	challenges map[string]*tls.Certificate
}

// domain is a name. Only Run changes it.
type domain struct {
	name        string
	certificate *tls.Certificate     // nil: none yet
	failure     *certificate.Failure // nil: the last attempt succeeded, or there was none
	unkept      *tls.Certificate     // could not be written; it is certificate
}

// New takes up what was obtained before. Run has to be called for the rest.
func New(o Options) *Manager {
	m := &Manager{
		o: o, kept: filepath.Join(o.Folder, "acme", fileName(o.Directory)), wake: make(chan struct{}, 1),
		challenges: map[string]*tls.Certificate{},
	}
	noted, err := certificate.ReadNames(o.Folder, o.Now())
	if err != nil {
		o.Log.Warn("it is not known since when certificates cannot be obtained", "error", err)
	}
	for _, name := range o.Domains {
		d := &domain{name: strings.ToLower(name)}
		d.certificate = m.read(d.name)
		for _, n := range noted {
			if n.Name == d.name && n.Directory == o.Directory && n.Failure != nil {
				d.failure = n.Failure
			}
		}
		m.domains = append(m.domains, d)
	}
	m.forgive() // who starts the server again has perhaps changed something
	m.note()
	return m
}

// Get returns the certificate that a client is to see; nil if it has asked for no name that has one.
func (m *Manager) Get(hello *tls.ClientHelloInfo) *tls.Certificate {
	if m == nil || hello.ServerName == "" {
		return nil
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, d := range m.domains {
		if strings.EqualFold(d.name, hello.ServerName) {
			return d.certificate
		}
	}
	return nil
}

// Names says what each name has.
func (m *Manager) Names() []certificate.Name {
	if m == nil {
		return nil
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	var all []certificate.Name
	for _, d := range m.domains {
		n := certificate.Name{Name: d.name, Directory: m.o.Directory, File: m.file(d.name), Failure: d.failure}
		if d.certificate != nil {
			n.Describe(d.certificate.Leaf)
		}
		all = append(all, n)
	}
	return all
}

// Run obtains and renews certificates until ctx ends.
func (m *Manager) Run(ctx context.Context) {
	if m == nil {
		return
	}
	for ctx.Err() == nil {
		m.pass(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(m.pause()):
		case <-m.wake:
			m.forgive()
		}
	}
}

// Wake has what failed tried again at once, unless the authority has asked to wait.
func (m *Manager) Wake() {
	if m == nil {
		return
	}
	select {
	case m.wake <- struct{}{}:
	default: // that is about to happen
	}
}

// forgive lets what failed be tried again now.
func (m *Manager) forgive() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range m.domains {
		if d.failure != nil && !d.failure.Asked {
			f := *d.failure // others may have the one before
			f.Again = m.o.Now()
			d.failure = &f
		}
	}
}

// note notes what each name has, for those who ask later.
func (m *Manager) note() {
	if err := m.open(); err != nil {
		return // the next attempt says so
	}
	if err := certificate.WriteNames(m.o.Folder, m.Names()); err != nil {
		m.o.Log.Warn("`imgserver cert show` and `lxdocker status` do not know how the certificates of names are", "error", err)
	}
}
