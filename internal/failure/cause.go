package failure

import "errors"

// Cause says more of an error than its kind, where people have to do something else about it.
// It is a word that records keep.
type Cause string

const (
	// Unclear: no more is known than the kind.
	Unclear Cause = ""
	// Login, of Denied: a registry wants a login, or another one.
	Login Cause = "login"
	// Policy, of Denied: rules of this server do not allow it.
	Policy Cause = "policy"
	// Platform, of NotFound: the image is there, but not for this architecture.
	Platform Cause = "platform"
	// DNS, of Unavailable: the name of a host leads to no address.
	DNS Cause = "dns"
	// TLS, of Unavailable: the certificate of a host is not trusted.
	TLS Cause = "tls"
)

// Causes lists all causes but Unclear, each with its kind.
func Causes() map[Cause]Kind {
	return map[Cause]Kind{Login: Denied, Policy: Denied, Platform: NotFound, DNS: Unavailable, TLS: Unavailable}
}

// causer is an error that knows its cause.
type causer interface {
	error
	FailureCause() Cause
}

// caused is an error with a cause.
type caused struct {
	error
	cause Cause
}

func (c caused) Unwrap() error       { return c.error }
func (c caused) FailureCause() Cause { return c.cause }

// Because gives an error a cause, which replaces one that it has already. It returns nil for nil.
func Because(c Cause, err error) error {
	if err == nil {
		return nil
	}
	return caused{err, c}
}

// CauseOf returns the cause of an error: of several wrapped in each other that of the outermost
// which has one. It is Unclear if the error has got another kind than that of its cause.
func CauseOf(err error) Cause {
	var c causer
	if errors.As(err, &c) {
		if k, ok := Causes()[c.FailureCause()]; ok && k == KindOf(err) {
			return c.FailureCause()
		}
	}
	return Unclear
}

// Public is what strangers may know of a cause: not why a host cannot be reached, which would
// show them our network.
func (c Cause) Public() Cause {
	if c == DNS || c == TLS {
		return Unclear
	}
	return c
}
