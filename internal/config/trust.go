package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"lxdocker/internal/build"
	"lxdocker/internal/failure"
	"lxdocker/internal/hub"
	"lxdocker/internal/oci"
	"lxdocker/internal/signature"
	"lxdocker/internal/spec"
	"lxdocker/internal/spec/diag"
)

// policyAge is for how long a policy is not read again.
const policyAge = time.Second

// policy is the file of --trust: which images have to be signed, by patterns of their names.
// It is read again while a program works, so that changes of the file and of its keys count at
// once. A policy that is wrong refuses everything.
type policy struct {
	file string
	now  func() time.Time

	mu    sync.Mutex
	at    time.Time // when it was read
	rules []trusted
	err   error
}

// trusted is a rule of it.
type trusted struct {
	images hub.Policy // what the pattern matches
	rule   *signature.Rule
	refuse bool
}

// whole says whether the rule is for all images.
func (t trusted) whole() bool { return slices.Equal(t.images.Patterns(), []string{"**"}) }

// readPolicy reads a policy.
func readPolicy(file string) (rules []trusted, err error) {
	p, err := spec.ReadPolicy(file)
	var wrong diag.Diagnostics
	if err != nil && !errors.As(err, &wrong) {
		return nil, err
	}
	for _, one := range p.Rules {
		images, err := hub.NewPolicy([]string{one.Pattern}, nil)
		if err == nil && images.Narrow() {
			err = errors.New("a signature is of a digest, whatever tag has it: leave out tag and digest of the pattern")
		}
		if err != nil {
			wrong = append(wrong, p.Diagnostic(one.Pattern, err.Error(), "write it like docker.io/library/* or ghcr.io/owner/**"))
		}
		if wide := wider(one.Pattern); err == nil && one.Refuse && one.Verify == nil && wide != "" {
			wrong = append(wrong, p.Diagnostic(one.Pattern, refusesLittle(one.Pattern, images), "write "+wide+", in quotes, to refuse all of them"))
		}
		rule, mistakes := build.Rule(one.Verify, func(key, text, hint string) diag.Diagnostic {
			return p.Diagnostic(one.Pattern+"."+key, text, hint)
		})
		wrong = append(wrong, mistakes...)
		rules = append(rules, trusted{images, rule, one.Refuse})
	}
	return rules, wrong.Err()
}

// wider is the pattern that is meant by "*" and HOST/*, if that refuses: a star is one word.
// It is "" for all others.
func wider(pattern string) string {
	host, rest, _ := strings.Cut(pattern, "/")
	switch {
	case pattern == "*", pattern == "*/*":
		return "**"
	case rest == "*" && strings.ContainsAny(host, ".:*"):
		return host + "/**"
	}
	return ""
}

// refusesLittle says what such a pattern matches.
func refusesLittle(pattern string, images hub.Policy) string {
	if full := strings.Join(images.Patterns(), ""); full != pattern {
		return fmt.Sprintf("%q refuses no more than %s, and everything else is accepted", pattern, full)
	}
	return fmt.Sprintf("%q refuses only images whose name is one word, and accepts those like OWNER/NAME", pattern)
}

// of is the rule for an image. The first pattern that matches decides. Images of layouts and
// archives match none: they are files of this machine.
func (p *policy) of(ref oci.Reference) (*signature.Rule, error) {
	rules, err := p.current()
	if err != nil {
		err = failure.Errorf(failure.Untrusted, "the policy of --trust cannot be used: %w", err)
		return nil, failure.Tell(err, "the policy here cannot be used now")
	}
	for _, t := range rules {
		if !t.images.Allows(ref) {
			continue
		}
		if t.refuse {
			return nil, failure.Publicf(failure.Untrusted, "the policy here refuses it")
		}
		return t.rule, nil
	}
	return nil, nil
}

func (p *policy) current() ([]trusted, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := p.now(); p.at.IsZero() || now.Before(p.at) || now.Sub(p.at) >= policyAge {
		p.rules, p.err = readPolicy(p.file)
		p.at = now
	}
	return p.rules, p.err
}
