package diag

import (
	"maps"
	"slices"
	"strings"
)

// Keys are the keys that a mapping can have.
type Keys struct {
	Known  []string
	Words  map[string]string // what other tools call them, without underscores
	Secret []string          // those whose values are never shown

	// Hint says where something belongs that people look for here; it may be nil.
	Hint func(key string) string
}

// Meant is the key that somebody meant, "" if that is not clear.
func (k Keys) Meant(key string) string { return Meant(key, k.Known, k.Words) }

// secret: also a misspelt key holds secrets.
func (k Keys) secret(key string) bool {
	return slices.Contains(k.Secret, key) || slices.Contains(k.Secret, k.Meant(key))
}

// Meant finds the word that somebody meant: written another way, known from other
// tools as one of others, or misspelt.
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
