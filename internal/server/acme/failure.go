package acme

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"time"

	protocol "golang.org/x/crypto/acme"

	"lxdocker/internal/durable"
)

// longestAsked bounds how long an authority can have itself left alone.
const longestAsked = 7 * 24 * time.Hour

// explain says why a name has got no certificate, what a person can do, and how long the authority
// wants to be left alone; 0: it has not said.
func (m *Manager) explain(name string, err error) (text, next string, wait time.Duration) {
	text = strings.TrimSpace(strings.ReplaceAll(durable.ExplainSpace(err).Error(), "acme: ", ""))
	if problem := problemOf(err); problem != nil && problem.ProblemType != "" {
		if asked, ok := protocol.RateLimit(problem); ok {
			wait = min(max(asked, time.Minute), longestAsked)
		}
		word := problem.ProblemType[strings.LastIndexByte(problem.ProblemType, ':')+1:]
		if errors.Is(err, errNoAccount) && m.o.Binding != nil && (word == "unauthorized" || word == "malformed") {
			return text, "correct the file of --acme-account: the authority does not know what it says, or knows it no more", wait
		}
		next = nextStep(word, name, problem)
		if verifying := (*protocol.AuthorizationError)(nil); next == "" && errors.As(err, &verifying) {
			next = "let " + name + " have an address by which the authority reaches imgserver on port 443"
		} else if next == "" {
			next = "see whether the authority has an outage; its words are those of RFC 8555, section 6.7"
		}
		return text, next, wait
	}
	var unknown x509.UnknownAuthorityError
	var request *url.Error
	var file *fs.PathError
	switch {
	case errors.As(err, &unknown):
		next = "name the authority that the ACME server is trusted by with --acme-ca FILE"
	case errors.As(err, &request):
		next = "see whether this machine reaches " + m.o.Directory + " (DNS, firewall, HTTPS_PROXY)"
	case errors.As(err, &file):
		next = "let the user who runs imgserver write to " + m.kept
	case errors.Is(err, errNoChallenge):
		next = "name another authority with --acme-directory; imgserver knows no other way to show that a name is its own"
	case errors.Is(err, context.DeadlineExceeded):
		text = fmt.Sprintf("it took longer than %v: %s", longest, text)
		next = "see whether the authority has an outage"
	default:
		next = "see whether the authority has an outage, and whether --acme-directory is right"
	}
	return text, next, 0
}

// problemOf is what an authority has said; nil if it has said nothing.
func problemOf(err error) *protocol.Error {
	var problem *protocol.Error
	if errors.As(err, &problem) {
		return problem
	}
	var order *protocol.OrderError
	if errors.As(err, &order) {
		return order.Problem
	}
	var verified *protocol.AuthorizationError
	if errors.As(err, &verified) {
		for _, one := range verified.Errors {
			if errors.As(one, &problem) {
				return problem
			}
		}
	}
	return nil
}

// nextStep is what a person can do about a problem (the words of RFC 8555, section 6.7); "" if that
// depends.
func nextStep(word, name string, problem *protocol.Error) string {
	switch word {
	case "dns":
		return "make an A or AAAA record of " + name + " with the address by which the authority reaches this server"
	case "connection", "unauthorized", "tls", "incorrectResponse":
		return "let port 443 of " + name + " lead to imgserver itself, from everywhere and at each of its addresses: open it in the firewall, forward it, and let TLS not end before"
	case "caa":
		return "a CAA record of " + name + " forbids this authority: change it, or name another one with --acme-directory"
	case "rateLimited":
		return "the authority permits no more for now, and imgserver waits as it was told; see its page of rate limits"
	case "rejectedIdentifier", "unsupportedIdentifier":
		return "the authority makes no certificate for " + name + ": correct --acme-domain, or name another one with --acme-directory"
	case "invalidContact", "unsupportedContact":
		return "correct --acme-email"
	case "externalAccountRequired":
		return "this authority wants to know whose account it is: have it show you a key for that, and name it with --acme-account FILE"
	case "userActionRequired":
		return "the authority wants a person to visit " + problem.Instance
	}
	return ""
}
