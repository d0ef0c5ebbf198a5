package hub

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"lxdocker/internal/oci"
)

// Policy says which images may be had: those that match a pattern of allow, and
// none of deny.
type Policy struct {
	allow, deny []pattern
}

// pattern is one such rule: "docker.io/library/*", "ghcr.io/owner/**:stable".
type pattern struct {
	text string
	path []string // of host and name; "*" is any word, "**" any number of words
	tag  string   // "" is any, and by digest only as well
}

// NewPolicy reads patterns. They are written as references are, web pages included: a first
// word without a dot, colon or star is no host, and means Docker Hub. In each word
// between slashes a star stands for any characters; the word ** stands for any
// number of words. A tag is optional, and may have stars, too.
func NewPolicy(allow, deny []string) (Policy, error) {
	var p Policy
	var err error
	if p.allow, err = parsePatterns(allow); err != nil {
		return Policy{}, err
	}
	p.deny, err = parsePatterns(deny)
	return p, err
}

// Patterns are the patterns of what is allowed, in full.
func (p Policy) Patterns() []string {
	var all []string
	for _, a := range p.allow {
		all = append(all, a.text)
	}
	return all
}

func parsePatterns(texts []string) ([]pattern, error) {
	var all []pattern
	for _, t := range texts {
		p, err := parsePattern(t)
		if err != nil {
			return nil, fmt.Errorf("reading the pattern %q: %w", t, err)
		}
		all = append(all, p)
	}
	return all, nil
}

func parsePattern(text string) (pattern, error) {
	text, err := oci.Plain(text)
	if err != nil {
		return pattern{}, err
	}
	name, tag := text, ""
	if colon := strings.LastIndexByte(text, ':'); colon > strings.LastIndexByte(text, '/') {
		name, tag = text[:colon], text[colon+1:]
		if tag == "" {
			return pattern{}, fmt.Errorf("no tag after the colon")
		}
	}
	words := strings.Split(qualify(name), "/")
	for _, w := range append(words, tag) {
		switch {
		case strings.ContainsAny(w, `[]\?@ `):
			return pattern{}, fmt.Errorf("of special characters there is only the star")
		case strings.Contains(w, "**") && w != "**":
			return pattern{}, fmt.Errorf("two stars are a word of their own, between slashes")
		}
	}
	for _, w := range words {
		if w == "" {
			return pattern{}, fmt.Errorf("an empty word: write it like docker.io/library/*")
		}
	}
	full := strings.Join(words, "/")
	if tag != "" {
		full += ":" + tag
	}
	return pattern{full, words, tag}, checkPattern(full)
}

// anyWord is what a star may stand for, wherever it is: in names, tags, hosts and ports.
var anyWord = strings.NewReplacer("**", "1", "*", "1")

// checkPattern is an error for a pattern that no image matches, because none can have
// such a name.
func checkPattern(full string) error {
	example := anyWord.Replace(full)
	ref, err := oci.Parse(example)
	switch {
	case err == nil && ref.Kind() == oci.Registry:
		return nil
	case err == nil:
		return fmt.Errorf("only images of registries are converted on demand")
	}
	if lower := strings.ToLower(full); lower != full && checkPattern(lower) == nil {
		return fmt.Errorf("names are lower case: did you mean %q?", lower)
	}
	return fmt.Errorf("no image has such a name: %w", oci.Wrong(example))
}

// qualify adds what Docker's short names leave out.
func qualify(name string) string {
	host, rest, found := strings.Cut(name, "/")
	switch {
	case !found && name != "**":
		return "docker.io/library/" + name
	case strings.EqualFold(host, "index.docker.io"):
		return "docker.io/" + rest
	case host != "localhost" && !strings.ContainsAny(host, ".:*"):
		return "docker.io/" + name
	}
	return strings.ToLower(host) + strings.TrimPrefix(name, host)
}

// Allows says whether an image may be had. Only registries have images for
// strangers: layouts and archives are files of this machine.
func (p Policy) Allows(ref oci.Reference) bool {
	return ref.Repository() != "" && match(p.allow, ref) && !p.denies(ref)
}

func (p Policy) denies(ref oci.Reference) bool { return match(p.deny, ref) }

func match(all []pattern, ref oci.Reference) bool {
	return slices.ContainsFunc(all, func(p pattern) bool { return p.matches(ref) })
}

func (p pattern) matches(ref oci.Reference) bool {
	if p.tag != "" && !matchWord(p.tag, ref.TagName()) {
		return false
	}
	return matchWords(p.path, strings.Split(ref.Repository(), "/"))
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

// matchWord matches one word; what path.Match could object to, parsePattern has.
func matchWord(pattern, word string) bool {
	ok, err := path.Match(pattern, word)
	return ok && err == nil
}
