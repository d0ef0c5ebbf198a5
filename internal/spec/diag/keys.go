package diag

import (
	"maps"
	"slices"
	"strings"
)

// Keys describes the keys that a mapping can have.
type Keys struct {
	Known  []string
	Words  map[string]string // from the words of other tools, without underscores, to a key
	Secret []string          // keys whose values are never shown

	// Hint says where a setting belongs that people expect here; "" means that there
	// is no hint. It may be nil.
	Hint func(key string) string
}

// Meant guesses which key was meant; "" means that no key is similar.
func (k Keys) Meant(key string) string { return Meant(key, k.Known, k.Words) }

// secret says whether the values of a key are secret, even if it is misspelt.
func (k Keys) secret(key string) bool {
	return slices.Contains(k.Secret, key) || slices.Contains(k.Secret, k.Meant(key))
}

// Meant guesses which of the known words was meant: the same in another spelling,
// one that other tools call by a word of others, or one that is misspelt.
func Meant(word string, known []string, others map[string]string) string {
	plain := strings.NewReplacer("-", "_", " ", "_", "\ufeff", "").Replace(strings.ToLower(word))
	if slices.Contains(known, plain) {
		return plain
	}
	if other, ok := others[strings.ReplaceAll(plain, "_", "")]; ok {
		return other
	}
	if near := Nearest(plain, known); near != "" {
		return near
	}
	return others[Nearest(plain, slices.Sorted(maps.Keys(others)))]
}
