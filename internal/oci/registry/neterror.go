package registry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"lxdocker/internal/failure"
)

// requestError rewrites the error of a failed request so that it says which host,
// what happened and what to do. It omits URLs, as those that registries redirect to
// contain signatures that grant access.
func requestError(ctx context.Context, host string, anonymous bool, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var a *answerError
	if errors.As(err, &a) {
		a.registry, a.anonymous = host, a.anonymous || anonymous
		return a
	}
	var t *transport.Error
	if errors.As(err, &t) {
		var said []string
		for _, d := range t.Errors {
			said = append(said, joinWords(string(d.Code), d.Message))
		}
		return &answerError{host: publicName(host), status: t.StatusCode, words: printable(strings.Join(said, "; ")), anonymous: anonymous}
	}
	registry := host
	for {
		var u *url.Error
		if !errors.As(err, &u) {
			break
		}
		if parsed, e := url.Parse(u.URL); e == nil && parsed.Host != "" {
			host = parsed.Host
		}
		err = u.Err
	}
	if strings.HasPrefix(err.Error(), "no token in bearer response") {
		// The library quotes the response, which may hold a secret.
		err = errors.New("its token service sent no token")
	}
	advice, cause := networkAdvice(host, err)
	kind := failure.Unavailable
	if errors.Is(err, errPolicy) {
		kind, cause = failure.Denied, failure.Policy
	}
	if advice != "" {
		err = fmt.Errorf("%w (%s)", err, advice)
	}
	return &unreachable{failure.Because(cause, failure.Errorf(kind, "asking %s: %w", host, err)), registry}
}

// networkAdvice says what to do when a host cannot be reached, and for which cause.
func networkAdvice(host string, err error) (advice string, cause failure.Cause) {
	var (
		dns         *net.DNSError
		op          *net.OpError
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		netErr      net.Error
		unknown     x509.UnknownAuthorityError
		hostname    x509.HostnameError
	)
	insecure := "--insecure-registry " + host
	switch {
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return "through the proxy that HTTPS_PROXY or HTTP_PROXY names; NO_PROXY exempts hosts from it", failure.Unclear
	case errors.As(err, &dns) && dns.IsNotFound:
		return "check the spelling of the registry's name", failure.DNS
	case errors.As(err, &dns):
		return "the name server gives no answer: check the network", failure.DNS
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record),
		strings.Contains(err.Error(), http.ErrSchemeMismatch.Error()):
		return "it speaks plain http: if that is meant to be, use " + insecure, failure.Unclear
	case errors.As(err, &certificate), errors.As(err, &unknown), errors.As(err, &hostname):
		return "its certificate is not trusted: put the authority that signed it into /etc/containers/certs.d/" + host + "/ca.crt, name it in SSL_CERT_FILE, or use " + insecure, failure.TLS
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there: is the registry running, and is the port right?", failure.Unclear
	case errors.Is(err, errStalled), errors.As(err, &netErr) && netErr.Timeout():
		return "check the network, or try again later", failure.Unclear
	}
	return "", failure.Unclear
}

// transient reports whether the same request is likely to succeed soon.
func transient(err error) bool {
	var (
		dns    *net.DNSError
		netErr net.Error
	)
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, errPolicy):
		return false
	case errors.As(err, &dns):
		return dns.IsTemporary || dns.IsTimeout
	case errors.Is(err, errStalled), errors.As(err, &netErr) && netErr.Timeout():
		return true
	}
	for _, e := range []error{
		syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE, syscall.ENETUNREACH, syscall.EHOSTUNREACH,
		net.ErrClosed,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return dropped(err)
}
