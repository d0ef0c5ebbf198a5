package acme

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	protocol "golang.org/x/crypto/acme"

	"lxdocker/internal/durable"
	"lxdocker/internal/version"
)

// renew gets a name a certificate that is not due for renewal.
func (m *Manager) renew(ctx context.Context, d *domain) error {
	if err := m.open(); err != nil {
		return err
	}
	lock, err := durable.Lock(ctx, filepath.Join(m.kept, ".lock"), nil)
	if err != nil {
		return fmt.Errorf("locking the folder of certificates: %w", err)
	}
	defer lock.Unlock()
	if d.unkept != nil {
		return m.take(d, d.unkept)
	}
	// Another server on this folder may have been quicker.
	if kept := m.read(d.name); kept != nil && renewal(kept.Leaf).After(m.o.Now()) {
		m.set(d, kept, nil)
		return nil
	}
	connections := m.connections()
	defer connections.CloseIdleConnections() // there is nothing for two months after this
	client, err := m.client(ctx, connections)
	if err != nil {
		return err
	}
	fresh, err := m.order(ctx, client, d.name)
	if err != nil {
		return err
	}
	return m.take(d, fresh)
}

// take serves a certificate, and keeps it. If it cannot be kept it is not asked for again:
// authorities give only a few of the same.
func (m *Manager) take(d *domain, fresh *tls.Certificate) error {
	m.set(d, fresh, fresh)
	if err := m.keep(d.name, fresh); err != nil {
		return err
	}
	m.set(d, fresh, nil)
	return nil
}

func (m *Manager) set(d *domain, c, unkept *tls.Certificate) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d.certificate, d.unkept = c, unkept
}

// connections are those to the ACME server.
func (m *Manager) connections() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: m.o.Roots, MinVersion: tls.VersionTLS12}
	return &http.Client{Transport: transport, Timeout: time.Minute}
}

// client logs in at the authority. An account that it does not know any more is made again. Only
// then a person's account is named: some authorities take that once.
func (m *Manager) client(ctx context.Context, connections *http.Client) (*protocol.Client, error) {
	key, err := m.account()
	if err != nil {
		return nil, err
	}
	client := &protocol.Client{
		Key: key, DirectoryURL: m.o.Directory, UserAgent: "imgserver/" + version.String(), RetryBackoff: backoff,
		HTTPClient: connections,
	}
	switch _, err := client.GetReg(ctx, ""); {
	case err == nil:
		return client, nil
	case !errors.Is(err, protocol.ErrNoAccount):
		return nil, fmt.Errorf("looking for the account: %w", err)
	}
	account, terms := &protocol.Account{ExternalAccountBinding: m.o.Binding.protocol()}, ""
	if m.o.Email != "" {
		account.Contact = []string{"mailto:" + m.o.Email}
	}
	agree := func(url string) bool { terms = url; return true }
	if _, err := client.Register(ctx, account, agree); err != nil && !errors.Is(err, protocol.ErrAccountAlreadyExists) {
		return nil, fmt.Errorf("%w: %w", errNoAccount, err)
	}
	m.o.Log.Info("an account was made at the authority of certificates, whose terms of service count", "directory", m.o.Directory, "terms", terms)
	return client, nil
}

// backoff is how long to wait before a request is sent again: hardly if it was only too late, and
// not at all if the authority has had enough.
func backoff(n int, _ *http.Request, answer *http.Response) time.Duration {
	switch {
	case answer.StatusCode == http.StatusTooManyRequests || n > 10:
		return -1
	case answer.StatusCode < 500:
		return time.Millisecond << n // a nonce had expired
	}
	return min(time.Second<<n, time.Minute)
}

// order obtains a certificate.
func (m *Manager) order(ctx context.Context, client *protocol.Client, name string) (*tls.Certificate, error) {
	order, err := client.AuthorizeOrder(ctx, protocol.DomainIDs(name))
	if err != nil {
		return nil, fmt.Errorf("ordering: %w", err)
	}
	for _, url := range order.AuthzURLs {
		if err := m.authorize(ctx, client, name, url); err != nil {
			return nil, err
		}
	}
	if order, err = client.WaitOrder(ctx, order.URI); err != nil {
		return nil, fmt.Errorf("waiting for the order: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{name}}, key)
	if err != nil {
		return nil, fmt.Errorf("requesting: %w", err)
	}
	chain, _, err := client.CreateCertFromOrder(ctx, order, request, true)
	if err != nil {
		return nil, fmt.Errorf("requesting: %w", err)
	}
	fresh := &tls.Certificate{Certificate: chain, PrivateKey: key}
	if fresh.Leaf, err = m.usable(fresh, name); err != nil {
		return nil, fmt.Errorf("what the authority sent cannot be used: %w", err)
	}
	return fresh, nil
}

// usable says whether a certificate does for clients.
func (m *Manager) usable(c *tls.Certificate, name string) (*x509.Certificate, error) {
	if len(c.Certificate) == 0 {
		return nil, errors.New("it is empty")
	}
	leaf, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil {
		return nil, err
	}
	if public, ok := leaf.PublicKey.(*ecdsa.PublicKey); !ok || !public.Equal(c.PrivateKey.(*ecdsa.PrivateKey).Public()) {
		return nil, errors.New("it is for another key")
	}
	return leaf, leaf.VerifyHostname(name)
}

// authorize shows the authority that this server has the name.
func (m *Manager) authorize(ctx context.Context, client *protocol.Client, name, url string) error {
	authorization, err := client.GetAuthorization(ctx, url)
	if err != nil {
		return fmt.Errorf("asking how to verify the name: %w", err)
	}
	if authorization.Status == protocol.StatusValid { // of an earlier order
		return nil
	}
	i := slices.IndexFunc(authorization.Challenges, func(c *protocol.Challenge) bool { return c.Type == "tls-alpn-01" })
	if i < 0 {
		return errNoChallenge
	}
	challenge := authorization.Challenges[i]
	answer, err := client.TLSALPN01ChallengeCert(challenge.Token, name)
	if err != nil {
		return fmt.Errorf("making the answer that verifies the name: %w", err)
	}
	m.answer(name, &answer)
	defer m.answer(name, nil)
	if _, err := client.Accept(ctx, challenge); err != nil {
		return fmt.Errorf("having the name verified: %w", err)
	}
	if err := verified(ctx, client, url); err != nil {
		return fmt.Errorf("having the name verified: %w", err)
	}
	return nil
}

// verified waits until an authority has decided. It asks more and more rarely.
func verified(ctx context.Context, client *protocol.Client, url string) error {
	for pause := 200 * time.Millisecond; ; pause = min(2*pause, 10*time.Second) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		now, err := client.GetAuthorization(ctx, url)
		switch {
		case err != nil:
			return err
		case now.Status == protocol.StatusValid:
			return nil
		case now.Status != protocol.StatusPending && now.Status != protocol.StatusProcessing:
			refused := &protocol.AuthorizationError{URI: url}
			for _, c := range now.Challenges {
				if c.Error != nil {
					refused.Errors = append(refused.Errors, c.Error)
				}
			}
			return refused
		}
	}
}

var errNoAccount = errors.New("making an account")

var errNoChallenge = errors.New("the authority does not verify this name by TLS-ALPN-01")
