package acme

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// CheckDomain says what is wrong with a name for which a certificate is wanted.
func CheckDomain(name string) error {
	wrong := func(why string) error { return fmt.Errorf("%q is no name of a host: %s", name, why) }
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return wrong("it is an address, and authorities verify names")
	}
	if strings.HasPrefix(name, "*.") {
		return wrong("there are no certificates for all names of a domain by TLS-ALPN-01; name each one")
	}
	if !strings.Contains(name, ".") {
		return wrong("it has no domain, as hub.example.org has")
	}
	if len(name) > 253 {
		return wrong("it is longer than 253 bytes")
	}
	for label := range strings.SplitSeq(name, ".") {
		odd := func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
		}
		switch {
		case strings.IndexFunc(label, func(r rune) bool { return r > 127 }) >= 0:
			return wrong("write it as DNS has it (xn--…)")
		case label == "" || len(label) > 63 || strings.Trim(label, "-") != label || strings.IndexFunc(label, odd) >= 0:
			return wrong("it consists of letters, digits and hyphens, with dots between them")
		}
	}
	return nil
}

// CheckDirectory says what is wrong with the URL of an ACME server.
func CheckDirectory(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return fmt.Errorf("it is the https:// URL of an ACME server's directory, as %s", LetsEncrypt)
	}
	return nil
}
