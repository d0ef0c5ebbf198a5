package signature

import "crypto"

// SumOf is the SHA-256 sum of what was signed.
func SumOf(s Signed) []byte { return s.message.sum(crypto.SHA256) }
