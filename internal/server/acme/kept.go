package acme

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"lxdocker/internal/durable"
)

// fileName makes a file name of a URL, or of a part of it. Authorities do not share files:
// none knows the account of another, and certificates of one for tests are of no use later.
func fileName(url string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789.-", r) {
			return r
		}
		return '_'
	}, strings.ToLower(strings.TrimPrefix(url, "https://")))
}

// open makes the folders. What is above them has to be there.
func (m *Manager) open() error {
	for dir, mode := m.o.Folder, fs.FileMode(0o755); ; dir, mode = m.next(dir), 0o700 {
		if err := durable.MakeDir(dir, mode); err != nil {
			return fmt.Errorf("making the folder of certificates: %w", err)
		}
		if dir == m.kept {
			return nil
		}
	}
}

// next is the folder below one on the way to the files.
func (m *Manager) next(dir string) string {
	if above := filepath.Dir(m.kept); dir != above {
		return above
	}
	return m.kept
}

// file has key and certificates of a name together, so that they change together.
func (m *Manager) file(name string) string { return filepath.Join(m.kept, name+".pem") }

// read reads what is kept of a name. What cannot be used is as if it were not there.
func (m *Manager) read(name string) *tls.Certificate {
	file := m.file(name)
	err := durable.CheckOwner(file)
	var c tls.Certificate
	if err == nil {
		c, err = tls.LoadX509KeyPair(file, file)
	}
	if err == nil {
		err = c.Leaf.VerifyHostname(name)
	}
	switch {
	case err == nil:
		return &c
	case !errors.Is(err, fs.ErrNotExist):
		m.o.Log.Warn("a certificate cannot be used, and is obtained again", "name", name, "file", file, "error", err)
	}
	return nil
}

// keep writes key and certificates of a name.
func (m *Manager) keep(name string, c *tls.Certificate) error {
	secret, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		return fmt.Errorf("keeping the key for %s: %w", name, err)
	}
	var text bytes.Buffer
	_ = pem.Encode(&text, &pem.Block{Type: "PRIVATE KEY", Bytes: secret})
	for _, der := range c.Certificate {
		_ = pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	}
	if err := durable.WriteFile(m.file(name), text.Bytes(), 0o600); err != nil {
		return fmt.Errorf("keeping the certificate for %s: %w", name, err)
	}
	return nil
}

// account returns the key of the account, which is made once.
func (m *Manager) account() (*ecdsa.PrivateKey, error) {
	file := filepath.Join(m.kept, "account.key")
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return m.newAccount(file)
	}
	if err == nil {
		err = durable.CheckOwner(file)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the key of the account: %w", err)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("reading the key of the account: %s has no PEM block: remove it, and a new account is made", file)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if private, ok := key.(*ecdsa.PrivateKey); ok && err == nil {
		return private, nil
	}
	return nil, fmt.Errorf("reading the key of the account: %s is no ECDSA key: remove it, and a new account is made", file)
}

func (m *Manager) newAccount(file string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making a key for the account: %w", err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err == nil {
		err = durable.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("keeping the key of the account: %w", err)
	}
	return key, nil
}
