package signaturetest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	_ "crypto/sha512" // of larger curves
	"crypto/x509"
	"encoding/pem"
	"testing"
)

// Signer has a private key.
type Signer struct {
	PEM     string // the public key
	private crypto.Signer
	hash    crypto.Hash // 0: the message itself is signed
	options crypto.SignerOpts
}

// New makes a signer with a key as `cosign generate-key-pair` makes it: ECDSA on P-256.
func New(t testing.TB) *Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return newSigner(t, key, err, crypto.SHA256, crypto.SHA256)
}

// Kinds are signers with every kind of key that cosign can use.
func Kinds(t testing.TB) map[string]*Signer {
	t.Helper()
	all := map[string]*Signer{"ECDSA P-256": New(t)}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	all["ECDSA P-384 with SHA-384"] = newSigner(t, p384, err, crypto.SHA384, crypto.SHA384)
	all["ECDSA P-384 with SHA-256"] = newSigner(t, p384, err, crypto.SHA256, crypto.SHA256)
	p521, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	all["ECDSA P-521 with SHA-512"] = newSigner(t, p521, err, crypto.SHA512, crypto.SHA512)
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	all["Ed25519"] = newSigner(t, edwards, err, 0, crypto.Hash(0))
	all["Ed25519ph"] = newSigner(t, edwards, err, crypto.SHA512, &ed25519.Options{Hash: crypto.SHA512})
	large, err := rsa.GenerateKey(rand.Reader, 2048)
	all["RSA with PKCS #1 v1.5"] = newSigner(t, large, err, crypto.SHA256, crypto.SHA256)
	all["RSA with PSS"] = newSigner(t, large, err, crypto.SHA256, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256})
	return all
}

func newSigner(t testing.TB, key crypto.Signer, err error, hash crypto.Hash, options crypto.SignerOpts) *Signer {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return &Signer{string(text), key, hash, options}
}

// Private is the private key in PEM, which nobody is to give to lxdocker.
func (s *Signer) Private(t testing.TB) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(s.private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func (s *Signer) sign(t testing.TB, message []byte) []byte {
	t.Helper()
	if s.hash != 0 {
		h := s.hash.New()
		h.Write(message)
		message = h.Sum(nil)
	}
	sig, err := s.private.Sign(rand.Reader, message, s.options)
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

// sum is a digest without its algorithm.
func sum(b []byte) []byte {
	s := sha256.Sum256(b)
	return s[:]
}
