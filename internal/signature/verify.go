package signature

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
)

// signed says whether the key has made a signature of a message. The signature does not say
// how it was made, so all ways count in which cosign signs with such a key: SHA-256 always,
// and for larger curves the hash of their size; for RSA PKCS #1 v1.5 and PSS; for Ed25519
// the message itself, and its SHA-512 (Ed25519ph).
func (k Key) signed(message, sig []byte) bool {
	if public, ok := k.public.(ed25519.PublicKey); ok {
		sum := sha512.Sum512(message)
		return ed25519.Verify(public, message, sig) ||
			ed25519.VerifyWithOptions(public, sum[:], sig, &ed25519.Options{Hash: crypto.SHA512}) == nil
	}
	sum := sha256.Sum256(message)
	if k.signedSum(sum[:], sig) {
		return true
	}
	public, ok := k.public.(*ecdsa.PublicKey)
	if !ok {
		return false
	}
	switch public.Curve {
	case elliptic.P384():
		sum := sha512.Sum384(message)
		return ecdsa.VerifyASN1(public, sum[:], sig)
	case elliptic.P521():
		sum := sha512.Sum512(message)
		return ecdsa.VerifyASN1(public, sum[:], sig)
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
