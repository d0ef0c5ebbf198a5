package signature

import "slices"

// The forms of signatures, as people read them.
const (
	Simple = "cosign signature"        // simple signing, found by a tag
	Bundle = "cosign signature bundle" // found as a referrer
)

// Claim is one image that a signature is about.
type Claim struct {
	Digest      string            // "sha256:…"
	Annotations map[string]string // those that are text
}

// Signed is a statement with signatures, none of which was verified yet.
type Signed struct {
	Form string

	claims  []Claim
	message *message // what was signed; nil: only the sum of it is known
	sum     []byte   // SHA-256 of it, if message is nil
	sigs    [][]byte // any of them may be by anybody
}

// By says whether a key has signed the statement.
func (s Signed) By(k Key) bool {
	return slices.ContainsFunc(s.sigs, func(sig []byte) bool {
		if s.message == nil {
			return k.signedSum(s.sum, sig)
		}
		return k.signed(s.message, sig)
	})
}

// Claims are what it says. It means nothing before By was true for a key that is trusted.
func (s Signed) Claims() []Claim { return s.claims }

// texts are the values that are text: others cannot be asked for.
func texts(all map[string]any) map[string]string {
	some := map[string]string{}
	for key, value := range all {
		if text, ok := value.(string); ok {
			some[key] = text
		}
	}
	return some
}
