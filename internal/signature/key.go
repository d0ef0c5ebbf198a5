package signature

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

const (
	// MaxKeys is how many bytes a file of keys may have.
	MaxKeys = 64 << 10
	// leastRSA is how many bits an RSA key has at least (NIST SP 800-131A).
	leastRSA = 2048
	mostRSA  = 16384 // more take seconds

	begin = "-----BEGIN " // of each block of PEM
)

// Key is the public key of a signer.
type Key struct {
	Name        string // for people: of its file, or ""
	Fingerprint string // "sha256:" and the hex sum of the key in DER (SubjectPublicKeyInfo)
	public      crypto.PublicKey
}

// String is the key as people know it.
func (k Key) String() string {
	if k.Name == "" {
		return k.Fingerprint
	}
	return k.Name + " (" + k.Fingerprint + ")"
}

// ParseKeys reads public keys in PEM, as `cosign generate-key-pair` writes cosign.pub: one or
// more, of ECDSA, Ed25519 or RSA, and nothing else.
func ParseKeys(text []byte, name string) (all []Key, err error) {
	if len(text) > MaxKeys {
		return nil, fmt.Errorf("it has more than %d bytes", MaxKeys)
	}
	rest := bytes.TrimSpace(text)
	for len(rest) > 0 {
		if !bytes.HasPrefix(rest, []byte(begin)) {
			return nil, errors.New("it is no PEM: a public key begins with -----BEGIN PUBLIC KEY-----")
		}
		block, after := pem.Decode(rest)
		if block == nil {
			return nil, errors.New("its PEM is damaged")
		}
		k, err := parseKey(block)
		if err != nil {
			return nil, err
		}
		k.Name = name
		all, rest = append(all, k), bytes.TrimSpace(after)
	}
	// pem.Decode leaves out blocks that it cannot read, and with them keys that have to sign.
	if begun := bytes.Count(text, []byte(begin)); begun != len(all) {
		return nil, fmt.Errorf("its PEM is damaged: %d keys begin in it, and %d can be read", begun, len(all))
	}
	if len(all) == 0 {
		return nil, errors.New("it is empty")
	}
	return all, nil
}

func parseKey(block *pem.Block) (Key, error) {
	var public any
	var err error
	switch {
	case block.Type == "PUBLIC KEY":
		public, err = x509.ParsePKIXPublicKey(block.Bytes)
	case block.Type == "RSA PUBLIC KEY":
		public, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case strings.Contains(block.Type, "PRIVATE KEY"):
		return Key{}, errors.New("it is a private key, which only who signs may have: give the public one, such as cosign.pub")
	case block.Type == "CERTIFICATE":
		return Key{}, errors.New("it is a certificate: only public keys are understood")
	default:
		return Key{}, fmt.Errorf("it is PEM of the type %.50q, and not a public key", block.Type)
	}
	if err != nil {
		return Key{}, fmt.Errorf("it is no public key: %w", err)
	}
	if err := usable(public); err != nil {
		return Key{}, err
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return Key{}, fmt.Errorf("it is no public key: %w", err)
	}
	sum := sha256.Sum256(der)
	return Key{Fingerprint: "sha256:" + hex.EncodeToString(sum[:]), public: public}, nil
}

// usable refuses keys that this package cannot verify with, or that are too weak.
func usable(public any) error {
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256(), elliptic.P384(), elliptic.P521():
			return nil
		}
		return errors.New("its curve is none of P-256, P-384 and P-521")
	case ed25519.PublicKey:
		return nil
	case *rsa.PublicKey:
		if n := k.N.BitLen(); n < leastRSA || n > mostRSA {
			return fmt.Errorf("it is an RSA key of %d bits: between %d and %d are accepted", n, leastRSA, mostRSA)
		}
		return nil
	}
	return errors.New("it is none of an ECDSA, Ed25519 and RSA key")
}
