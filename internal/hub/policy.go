package hub

import (
	"fmt"
	"slices"
	"strings"

	"lxdocker/internal/oci"
)

// Policy says which images may be had: those that match a pattern of allow, and
// none of deny. It decides on what is fetched: of a reference with a digest that is the
// digest, whatever tag stands before it.
type Policy struct {
	allow, deny []pattern
}

// pattern is one such rule: "docker.io/library/*", "ghcr.io/owner/**:stable".
type pattern struct {
	text   string
	path   []string // of host and name; "*" is any word, "**" any number of words
	tag    string   // "" is any
	digest string   // "" is any
}

// NewPolicy reads patterns. They are written as references are, web pages included: a first
// word without a dot, colon or star is no host, and means Docker Hub. In each word
// between slashes a star stands for any characters; the word ** stands for any
// number of words. A tag is optional, and may have stars, too; what is allowed may have
// a digest instead.
func NewPolicy(allow, deny []string) (Policy, error) {
	var p Policy
	var err error
	if p.allow, err = parsePatterns(allow); err != nil {
		return Policy{}, err
	}
	if p.deny, err = parsePatterns(deny); err != nil {
		return Policy{}, err
	}
	for _, d := range p.deny {
		if d.digest != "" {
			return Policy{}, fmt.Errorf("reading the pattern %q: a digest can be allowed, but not denied: tags may mean it, too; deny the name", d.text)
		}
	}
	return p, nil
}

// Patterns are the patterns of what is allowed, in full.
func (p Policy) Patterns() []string {
	var all []string
	for _, a := range p.allow {
		all = append(all, a.text)
	}
	return all
}

// Narrow says whether a pattern of what is allowed is about a tag or a digest.
func (p Policy) Narrow() bool {
	return slices.ContainsFunc(p.allow, func(a pattern) bool { return a.tag != "" || a.digest != "" })
}

// Hosts are those that the patterns of what is allowed name in full.
func (p Policy) Hosts() (all []string) {
	for _, a := range p.allow {
		if host := a.path[0]; !strings.Contains(host, "*") && !slices.Contains(all, host) {
			all = append(all, host)
		}
	}
	return all
}

// Allows says whether an image may be had. Only registries have images for
// strangers: layouts and archives are files of this machine.
//
// Which tags a digest has nobody knows here. So a pattern with a tag allows no digest;
// and one that denies tags denies all digests of that name, but for those that are
// allowed one by one.
func (p Policy) Allows(ref oci.Reference) bool {
	if ref.Repository() == "" {
		return false
	}
	allowed := slices.ContainsFunc(p.allow, func(a pattern) bool { return a.allows(ref) })
	byName := slices.ContainsFunc(p.allow, func(a pattern) bool { return a.digest != "" && a.allows(ref) })
	return allowed && !slices.ContainsFunc(p.deny, func(d pattern) bool { return d.denies(ref, byName) })
}

func (p pattern) allows(ref oci.Reference) bool {
	if !matchWords(p.path, strings.Split(ref.Repository(), "/")) {
		return false
	}
	switch {
	case p.digest != "":
		return p.digest == ref.Digest()
	case p.tag != "":
		return ref.Digest() == "" && matchWord(p.tag, ref.TagName())
	}
	return true
}

// denies says whether the pattern denies a reference, whose digest may be allowed by name.
func (p pattern) denies(ref oci.Reference, byName bool) bool {
	if !matchWords(p.path, strings.Split(ref.Repository(), "/")) {
		return false
	}
	switch {
	case p.tag == "":
		return true
	case ref.Digest() != "":
		return !byName
	}
	return matchWord(p.tag, ref.TagName())
}

func matchWords(pattern, words []string) bool {
	if len(pattern) == 0 {
		return len(words) == 0
	}
	if pattern[0] == "**" {
		for n := range len(words) + 1 {
			if matchWords(pattern[1:], words[n:]) {
				return true
			}
		}
		return false
	}
	return len(words) > 0 && matchWord(pattern[0], words[0]) && matchWords(pattern[1:], words[1:])
}

// matchWord matches one word, in which a star stands for any characters.
func matchWord(pattern, word string) bool {
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(word, parts[0])
	if len(parts) == 1 {
		return ok && rest == ""
	}
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(rest, part)
		rest, ok = after, ok && found
	}
	return ok && strings.HasSuffix(rest, parts[len(parts)-1])
}
