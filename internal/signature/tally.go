package signature

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Tally collects signatures until a rule is satisfied, and knows why it is not.
type Tally struct {
	rule    Rule
	digests []string // any of which may be signed
	by      map[string]Evidence

	found     int    // signatures
	elsewhere string // a digest that a key of the rule signed, and that is not wanted
	lacking   string // a key whose signature lacks an annotation
}

// Evidence is one signature that was verified.
type Evidence struct {
	Key    Key
	Digest string // that was signed
	Form   string
}

// NewTally begins with nothing. digests are those on the way from the reference to the
// manifest of the image: a signature of any of them counts, as each names the next.
func NewTally(r Rule, digests []string) *Tally {
	return &Tally{rule: r, digests: digests, by: map[string]Evidence{}}
}

// Add takes a signature into account.
func (t *Tally) Add(s Signed) {
	t.found++
	for _, k := range t.rule.Keys {
		if s.By(k) {
			t.claimed(k, s)
		}
	}
}

// claimed looks whether what a key has signed is about the image.
func (t *Tally) claimed(k Key, s Signed) {
	for _, c := range s.Claims() {
		switch {
		case !slices.Contains(t.digests, c.Digest):
			t.elsewhere = c.Digest
		case !t.rule.has(c):
			t.lacking = k.String()
		default:
			t.by[k.Fingerprint] = Evidence{Key: k, Digest: c.Digest, Form: s.Form}
			return
		}
	}
}

// Satisfied says whether enough keys have signed the image.
func (t *Tally) Satisfied() bool {
	if t.rule.All {
		return len(t.missing()) == 0
	}
	return len(t.by) > 0 || len(t.rule.Keys) == 0
}

// Evidence is what was verified, sorted by keys.
func (t *Tally) Evidence() (all []Evidence) {
	for _, fingerprint := range slices.Sorted(maps.Keys(t.by)) {
		all = append(all, t.by[fingerprint])
	}
	return all
}

func (t *Tally) missing() (all []Key) {
	for _, k := range t.rule.Keys {
		if _, ok := t.by[k.Fingerprint]; !ok {
			all = append(all, k)
		}
	}
	return all
}

// Why says why the rule is not satisfied.
func (t *Tally) Why() string {
	switch {
	case t.found == 0:
		return "it has no signature of cosign"
	case t.lacking != "":
		return fmt.Sprintf("it is signed by %s, but not with the annotations %s", t.lacking, t.annotations())
	case len(t.by) > 0:
		return fmt.Sprintf("it is not signed by %s as well", names(t.missing()))
	case t.elsewhere != "":
		return fmt.Sprintf("a signature that it has is that of another image, %.80q", t.elsewhere)
	}
	return fmt.Sprintf("none of its %d signatures is by %s", t.found, names(t.missing()))
}

func (t *Tally) annotations() string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(t.rule.Annotations)) {
		all = append(all, key+"="+t.rule.Annotations[key])
	}
	return strings.Join(all, ", ")
}

func names(keys []Key) string {
	var all []string
	for _, k := range keys {
		all = append(all, k.String())
	}
	return strings.Join(all, " or ")
}
