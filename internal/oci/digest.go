package oci

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// DigestOf returns the digest of a document: "sha256:" and 64 hexadecimal digits.
func DigestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// ValidDigest reports whether s is a sha256 digest in the one way to write it.
func ValidDigest(s string) bool {
	hex, ok := strings.CutPrefix(s, "sha256:")
	if !ok || len(hex) != 64 {
		return false
	}
	for i := range len(hex) {
		if c := hex[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// shortDigest returns the first twelve digits of a digest, enough for a person.
func shortDigest(d string) string {
	return strings.TrimPrefix(d, "sha256:")[:12]
}
