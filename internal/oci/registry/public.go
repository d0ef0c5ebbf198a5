package registry

import (
	"errors"
	"fmt"
	"net/http"

	"lxdocker/internal/failure"
)

// PublicText is what strangers may be told: which registry answers what, without the
// state of our logins. Words of a token service, which may be anywhere, are left out.
func (e *answerError) PublicText() string {
	host, words := publicName(e.host), e.words
	if e.registry != "" && e.registry != e.host {
		host, words = publicName(e.registry), ""
	}
	if e.mirror {
		host = "a mirror of the registry"
	}
	text := fmt.Sprintf("%s answers %d", host, e.status)
	if s := http.StatusText(e.status); s != "" {
		text += " " + s
	}
	if words != "" {
		text += ": " + words
	}
	switch {
	case e.status == http.StatusNotFound:
		text += " (check the spelling of name and tag)"
	case e.status == http.StatusUnauthorized, e.status == http.StatusForbidden:
		text += " (check the name: many registries say this for images they do not have)"
	case e.status == http.StatusTooManyRequests, e.status >= 500:
		text += " (try again " + e.later() + ")"
	}
	return text
}

// withMirror is what strangers may be told when a mirror was asked before: not where it is.
func withMirror(err, before error) string {
	var a *answerError
	if text := failure.PublicText(err); !errors.As(before, &a) || text == "" {
		return text
	}
	return fmt.Sprintf("%s; a mirror of it answers %d %s", failure.PublicText(err), a.status, http.StatusText(a.status))
}

// unreachable is the error of a request that got no answer. Why, strangers are not told:
// it would show them our network.
type unreachable struct {
	error
	registry string
}

func (u *unreachable) Unwrap() error { return u.error }

// PublicText is what strangers may be told.
func (u *unreachable) PublicText() string {
	return publicName(u.registry) + " cannot be reached from here, or gives no answer"
}
