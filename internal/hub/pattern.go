package hub

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"lxdocker/internal/oci"
)

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
	if ref, err := oci.Parse(anyWord.Replace(text)); err == nil && ref.Kind() != oci.Registry {
		return pattern{}, fmt.Errorf("only images of registries are converted on demand")
	}
	name, digest, hasDigest := strings.Cut(text, "@")
	if hasDigest && !oci.ValidDigest(digest) {
		return pattern{}, fmt.Errorf("%q is no digest: a digest is sha256: and 64 hexadecimal digits", digest)
	}
	tag := ""
	if colon := strings.LastIndexByte(name, ':'); colon > strings.LastIndexByte(name, '/') {
		name, tag = name[:colon], name[colon+1:]
		switch {
		case tag == "":
			return pattern{}, fmt.Errorf("no tag after the colon")
		case hasDigest:
			return pattern{}, fmt.Errorf("a digest says which image is meant: leave out the tag before it")
		}
	}
	host, path, err := splitPattern(name)
	if err != nil {
		return pattern{}, err
	}
	for _, w := range append(path, tag) {
		switch {
		case strings.ContainsAny(w, `[]\?@ `):
			return pattern{}, fmt.Errorf("of special characters there is only the star")
		case strings.Contains(w, "**") && w != "**":
			return pattern{}, fmt.Errorf("two stars are a word of their own, between slashes")
		}
	}
	words := append([]string{host}, path...)
	for _, w := range words {
		if w == "" {
			return pattern{}, fmt.Errorf("an empty word: write it like docker.io/library/*")
		}
	}
	full := strings.Join(words, "/")
	if tag != "" {
		full += ":" + tag
	}
	if hasDigest {
		full += "@" + digest
	}
	return pattern{full, words, tag, digest}, checkPattern(full)
}

// anyWord is what a star may stand for in names and tags, anyHost in hosts and ports.
var (
	anyWord = strings.NewReplacer("**", "1", "*", "1")
	anyHost = strings.NewReplacer(":*", ":1", "**", "x", "*", "x")
)

// checkPattern is an error for a pattern that no image matches, because none can have
// such a name.
func checkPattern(full string) error {
	host, path, _ := strings.Cut(full, "/")
	example := anyHost.Replace(host) + strings.TrimSuffix("/"+anyWord.Replace(path), "/")
	if _, err := oci.Parse(example); err == nil {
		return nil
	}
	if lower := strings.ToLower(full); lower != full && checkPattern(lower) == nil {
		return fmt.Errorf("names are lower case: did you mean %q?", lower)
	}
	return fmt.Errorf("no image has such a name: %w", oci.Wrong(example))
}

// splitPattern takes the host from the words of a name, and adds what Docker's short
// names leave out.
func splitPattern(name string) (host string, path []string, err error) {
	words := strings.Split(name, "/")
	host, path = words[0], words[1:]
	switch {
	case name == "**":
	case len(path) == 0:
		return oci.DockerHub, []string{"library", name}, nil
	case !strings.EqualFold(host, "localhost") && !strings.ContainsAny(host, ".:*"):
		return oci.DockerHub, words, nil
	}
	if host, err = canonicalHost(host); err != nil {
		return "", nil, err
	}
	if host == oci.DockerHub && len(path) == 1 && path[0] != "**" {
		path = append([]string{"library"}, path...)
	}
	return host, path, nil
}

var hostWithStars = regexp.MustCompile(`^([a-z0-9._*-]+)(?::([0-9]+|\*))?$`)

// canonicalHost writes the host of a pattern as oci.Parse does that of a reference.
func canonicalHost(host string) (string, error) {
	if !strings.Contains(host, "*") {
		return oci.CanonicalHost(host)
	}
	m := hostWithStars.FindStringSubmatch(strings.ToLower(host))
	if m == nil || strings.Contains(m[1], "**") && m[1] != "**" {
		return "", fmt.Errorf("%q is no host with stars in it", host)
	}
	name, port := strings.TrimSuffix(m[1], "."), m[2]
	if port == "" {
		return name, nil
	}
	if n, err := strconv.ParseUint(port, 10, 16); err == nil {
		port = strconv.FormatUint(n, 10)
	}
	if port == "443" {
		return "", fmt.Errorf("leave out the port 443: it is that of a host without one")
	}
	return name + ":" + port, nil
}
