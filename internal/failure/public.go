package failure

import "errors"

// teller is an error that knows what strangers may be told of it.
type teller interface {
	error
	PublicText() string
}

// public is an error with what strangers are told of it.
type public struct {
	error
	text string
}

func (p public) Unwrap() error      { return p.error }
func (p public) PublicText() string { return p.text }

// Public marks an error whose whole text strangers may read: it says something of a name,
// an image or a registry, and nothing of this machine: no path, login, address or flag.
func Public(err error) error {
	if err == nil {
		return nil
	}
	return public{err, err.Error()}
}

// Tell makes a text what strangers are told of an error.
func Tell(err error, text string) error { return public{err, text} }

// Publicf is Public(Errorf(k, format, args...)).
func Publicf(k Kind, format string, args ...any) error { return Public(Errorf(k, format, args...)) }

// PublicText is what strangers may be told of an error: the text of the outermost error
// in it that is marked so, or that knows one. "" if there is none: then they are told
// of which kind it is, and the log has the rest.
func PublicText(err error) string {
	var t teller
	if errors.As(err, &t) {
		return t.PublicText()
	}
	return ""
}
