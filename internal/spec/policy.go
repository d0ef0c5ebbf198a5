package spec

import (
	"fmt"
	"os"
	"path/filepath"

	"lxdocker/internal/spec/diag"
)

// Policy says which images have to be signed, and by whom.
type Policy struct {
	File  string
	Rules []PolicyRule // the first whose pattern matches decides

	places map[string]diag.Place
}

// PolicyRule is about the images whose names match a pattern. Verify is nil if all of them are
// accepted, or refused.
type PolicyRule struct {
	Pattern string
	Verify  *Verify
	Refuse  bool
}

const policyHint = "write lines of `PATTERN: {keys: [FILE]}`, `PATTERN: accept` or `PATTERN: refuse`"

// ReadPolicy reads a file that maps patterns to rules, in the form of `verify` in a spec. Files
// of keys are in its folder, or named in full. If anything is wrong with it, the error is a
// diag.Diagnostics.
func ReadPolicy(file string) (Policy, error) {
	p := Policy{File: file}
	text, err := readAll(maxSpec, func(flag int) (*os.File, error) { return os.OpenFile(file, flag, 0) })
	if err != nil {
		return p, fmt.Errorf("reading the policy %s: %w", file, err)
	}
	document, root, ok := diag.Read(file, text, diag.Format{Name: "policy", Hint: policyHint})
	p.places = document.Places()
	if ok {
		r := &reader{Reader: document, source: keysBeside(file)}
		for _, e := range r.Entries(root) {
			r.Remember(e.Key, e.At)
			p.Rules = append(p.Rules, r.policyRule(e))
		}
	}
	return p, document.Diagnostics().Err()
}

// keysBeside reads files that are named relative to a file's folder, or in full: who writes a
// policy is trusted with this machine, other than who writes a spec.
func keysBeside(file string) func(name string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(file), name)
		}
		return readAll(maxPublicKey, func(flag int) (*os.File, error) { return os.OpenFile(name, flag, 0) })
	}
}

func (r *reader) policyRule(e diag.Entry) PolicyRule {
	p := PolicyRule{Pattern: e.Key}
	if e.Value.IsScalar() && !e.Value.IsNull() {
		word, ok := r.Text(e, "a rule")
		if ok && word != "accept" && word != "refuse" {
			r.WrongValue(e, "a rule cannot be "+diag.Quote(word), "write accept or refuse, or a mapping with `keys`")
		}
		p.Refuse = word != "accept"
		return p
	}
	p.Refuse = e.Value.IsNull()
	p.Verify = r.verify(e)
	return p
}

// Diagnostic describes a mistake that was found by a caller with more knowledge: in a pattern,
// or in one of its keys, "PATTERN.keys.N".
func (p Policy) Diagnostic(key, text, hint string) diag.Diagnostic {
	return p.places[key].Diagnostic(p.File, text, hint)
}
