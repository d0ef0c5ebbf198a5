package web

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"lxdocker/internal/terminal"
)

// maxText is how many characters of a foreign text are shown.
const maxText = 500

// clean makes foreign text one line of what can be printed. Escaping is the templates' job.
func clean(s string) string { return terminal.Clean(s, maxText) }

// parts cuts a clean name after its slashes, where it may be broken into lines.
func parts(s string) []string { return strings.SplitAfter(clean(s), "/") }

// piece is a part of a text, which may be what somebody types.
type piece struct {
	Text string
	Code bool
}

// code cuts a text at its backquotes, between which is what somebody types.
func code(s string) (all []piece) {
	for i, text := range strings.Split(clean(s), "`") {
		if text != "" {
			all = append(all, piece{text, i%2 == 1})
		}
	}
	return all
}

// link is the address that a text is, if it is one of https: "" if it is not.
func link(s string) string {
	if a := address(s); strings.HasPrefix(a, "https:") {
		return a
	}
	return ""
}

// address is the address that a text is, if it is one that may be followed: "" if it is not.
func address(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || clean(s) != s {
		return ""
	}
	return u.String()
}

// shellWord makes a text one word of a shell.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return strings.ContainsRune("/._-+@:,=", r) || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// age says how long ago something was, in one unit.
func age(at, now time.Time) string {
	d := now.Sub(at)
	for _, u := range []struct {
		name string
		size time.Duration
	}{{"year", 365 * 24 * time.Hour}, {"month", 30 * 24 * time.Hour}, {"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}} {
		switch n := int(d / u.size); {
		case n > 1:
			return fmt.Sprintf("%d %ss ago", n, u.name)
		case n == 1:
			return fmt.Sprintf("1 %s ago", u.name)
		}
	}
	return "just now"
}

// count writes a number with commas between thousands.
func count(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", count(n/1000), n%1000)
}

// withPort names the port: clients of their own protocol take 8443 if there is
// none, whatever the scheme says (LXD and Incus, remote.go).
func withPort(host string) string {
	if strings.LastIndexByte(host, ':') > strings.LastIndexByte(host, ']') {
		return host
	}
	return host + ":443"
}

// plainHost keeps anything out of the commands that a shell would understand:
// the host is what the request said. ok is false if there is something.
func plainHost(host string) (plain string, ok bool) {
	odd := func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]", r)
	}
	if host == "" || strings.IndexFunc(host, odd) >= 0 {
		return "HOST:PORT", false
	}
	return host, true
}
