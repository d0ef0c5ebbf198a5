package oci

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// The grammar below is that of the distribution specification (and of Docker's
// reference package). go-containerregistry is more generous, and would let "..",
// "//" or "-x" travel into the path of a URL.

// checkName checks the parts of a repository's name and the port of its registry.
func checkName(r name.Repository) error {
	if _, port, err := net.SplitHostPort(r.RegistryStr()); err == nil {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return fmt.Errorf("%q is no port", port)
		}
	}
	for part := range strings.SplitSeq(r.RepositoryStr(), "/") {
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

func checkTag(tag string) error {
	if c := tag[0]; c == '.' || c == '-' {
		return fmt.Errorf("the tag %q begins with %q", tag, c)
	}
	return nil
}

// hasTag tells a tag from the port of a registry.
func hasTag(s string) bool {
	return strings.LastIndexByte(s, ':') > strings.LastIndexByte(s, '/')
}

// lowerHost writes the registry in lower case: host names have none, and the
// same registry must not look like two.
func lowerHost(s string) string {
	host, rest, found := strings.Cut(s, "/")
	if !found || !strings.ContainsAny(host, ".:") && !strings.EqualFold(host, "localhost") {
		return s
	}
	return strings.ToLower(host) + "/" + rest
}

// explainName replaces the words of the parser by what to do about it.
func explainName(s string, err error) error {
	if lower := strings.ToLower(s); lower != s {
		if _, e := name.NewTag(lower); e == nil {
			return fmt.Errorf("names are lower case: did you mean %q?", lower)
		}
	}
	if strings.Contains(s, " ") {
		return fmt.Errorf("it holds a space")
	}
	return err
}
