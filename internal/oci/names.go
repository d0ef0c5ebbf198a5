package oci

import (
	"fmt"
	"regexp"
	"strings"
)

// DockerHub is the registry of names without one, as people and other tools write it.
const DockerHub = "docker.io"

// The grammar below is that of the distribution specification (and of Docker's
// reference package).

// maxRepository and maxTag limit names, in bytes.
const (
	maxRepository = 255
	maxTag        = 128
)

// splitName splits a name into registry, repository and tag: ghcr.io, owner/name, 1.2.
// Missing parts get Docker's defaults, except for the tag, which stays "".
func splitName(s string) (registry, repository, tag string, err error) {
	base := s
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, '/') {
		base, tag = s[:i], s[i+1:]
		if err := checkTag(tag); err != nil {
			return "", "", "", err
		}
	}
	registry, repository = DockerHub, base
	if host, rest, found := strings.Cut(base, "/"); found && isHost(host) {
		if registry, err = CanonicalHost(host); err != nil {
			return "", "", "", err
		}
		repository = rest
	}
	if registry == DockerHub && repository != "" && !strings.Contains(repository, "/") {
		repository = "library/" + repository
	}
	if err := checkRepository(repository); err != nil {
		return "", "", "", err
	}
	return registry, repository, tag, nil
}

// isHost tells a registry from the first part of a name on Docker Hub.
func isHost(s string) bool {
	return strings.ContainsAny(s, ".:") || strings.EqualFold(s, "localhost")
}

// checkRepository checks the parts of a repository's name.
func checkRepository(s string) error {
	if len(s) > maxRepository {
		return fmt.Errorf("its name has %d bytes; more than %d are too many", len(s), maxRepository)
	}
	for part := range strings.SplitSeq(s, "/") {
		if !validNamePart(part) {
			return fmt.Errorf("%q cannot be part of a name: parts are lower case letters and digits, joined by '.', '_', '__' or '-'", part)
		}
	}
	return nil
}

// validNamePart: [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*
func validNamePart(s string) bool {
	alnum := func(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' }
	if s == "" || !alnum(s[0]) || !alnum(s[len(s)-1]) {
		return false
	}
	for i := 0; i < len(s); {
		if alnum(s[i]) {
			i++
			continue
		}
		j := i
		for j < len(s) && !alnum(s[j]) {
			j++
		}
		switch sep := s[i:j]; {
		case sep == ".", sep == "_", sep == "__", strings.Trim(sep, "-") == "":
		default:
			return false
		}
		i = j
	}
	return true
}

// checkTag: [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}
func checkTag(tag string) error {
	switch {
	case tag == "":
		return fmt.Errorf("there is no tag after the colon")
	case len(tag) > maxTag:
		return fmt.Errorf("its tag has %d bytes; more than %d are too many", len(tag), maxTag)
	case tag[0] == '.' || tag[0] == '-':
		return fmt.Errorf("the tag %q begins with %q", tag, tag[0])
	}
	for _, c := range tag {
		if c != '.' && c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return fmt.Errorf("the tag %q holds %q: tags are letters, digits, '.', '_' and '-'", tag, c)
		}
	}
	return nil
}

// variable is one of a shell, of make or compose files, or of a template.
var variable = regexp.MustCompile(`\$\{[^}]*\}?|\$\([^)]*\)?|\$[A-Za-z_][A-Za-z0-9_]*|\{\{[^}]*\}*`)

// explainName says what to do about a name that splitName refused.
func explainName(s string, err error) error {
	if lower := strings.ToLower(s); lower != s {
		if _, _, _, e := splitName(lower); e == nil {
			return fmt.Errorf("names are lower case: did you mean %q?", lower)
		}
	}
	if strings.Contains(s, " ") {
		return fmt.Errorf("it holds a space")
	}
	return err
}
