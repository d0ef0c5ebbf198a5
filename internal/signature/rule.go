package signature

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
)

// Rule says who has to have signed an image. The zero value asks for nothing.
type Rule struct {
	Keys        []Key
	All         bool              // every key has to have signed it; else one
	Annotations map[string]string // that each signature has to have, beside others
	Digest      string            // that the image, or an index that leads to it, has to have; "" for any
}

// ID names what the rule asks for: rules with the same ID accept the same images. It does not
// depend on the order of the keys, or on their names.
func (r Rule) ID() string {
	var keys []string
	for _, k := range r.Keys {
		keys = append(keys, k.Fingerprint)
	}
	slices.Sort(keys)
	text, err := json.Marshal(struct {
		Keys        []string
		All         bool
		Annotations map[string]string // sorted by Marshal
		Digest      string
	}{slices.Compact(keys), r.All, r.Annotations, r.Digest})
	if err != nil {
		panic("signature: a rule of text does not marshal: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// has says whether a claim has all annotations that the rule asks for.
func (r Rule) has(c Claim) bool {
	for key, value := range r.Annotations {
		if got, ok := c.Annotations[key]; !ok || got != value {
			return false
		}
	}
	return true
}
