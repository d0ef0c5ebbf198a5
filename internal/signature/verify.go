package signature

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha256" // of crypto.SHA256
	_ "crypto/sha512" // of crypto.SHA384 and crypto.SHA512
)

// message is what was signed. Each sum of it is made once, however many signatures and keys
// there are: both are what strangers chose.
type message struct {
	text []byte
	sums map[crypto.Hash][]byte
}

func (m *message) sum(h crypto.Hash) []byte {
	if sum, ok := m.sums[h]; ok {
		return sum
	}
	made := h.New()
	made.Write(m.text)
	if m.sums == nil {
		m.sums = map[crypto.Hash][]byte{}
	}
	m.sums[h] = made.Sum(nil)
	return m.sums[h]
}

// signed says whether the key has made a signature of a message. The signature does not say
// how it was made, so all ways count in which cosign signs with such a key: SHA-256 always,
// and for larger curves the hash of their size; for RSA PKCS #1 v1.5 and PSS; for Ed25519
// the message itself, and its SHA-512 (Ed25519ph).
func (k Key) signed(m *message, sig []byte) bool {
	if public, ok := k.public.(ed25519.PublicKey); ok {
		return ed25519.Verify(public, m.text, sig) ||
			ed25519.VerifyWithOptions(public, m.sum(crypto.SHA512), sig, &ed25519.Options{Hash: crypto.SHA512}) == nil
	}
	if k.signedSum(m.sum(crypto.SHA256), sig) {
		return true
	}
	public, ok := k.public.(*ecdsa.PublicKey)
	if !ok {
		return false
	}
	switch public.Curve {
	case elliptic.P384():
		return ecdsa.VerifyASN1(public, m.sum(crypto.SHA384), sig)
	case elliptic.P521():
		return ecdsa.VerifyASN1(public, m.sum(crypto.SHA512), sig)
	}
	return false
}

// signedSum is the same for the SHA-256 sum of a message. Ed25519 does not sign sums.
func (k Key) signedSum(sum, sig []byte) bool {
	switch public := k.public.(type) {
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(public, sum, sig)
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(public, crypto.SHA256, sum, sig) == nil ||
			rsa.VerifyPSS(public, crypto.SHA256, sum, sig, nil) == nil
	}
	return false
}
