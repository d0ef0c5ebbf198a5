package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/oci/ocitest"
	"lxdocker/internal/signature/signaturetest"
	"lxdocker/internal/spec/diag"
)

func write(t *testing.T, file, text string) string {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestTheFirstPatternDecides(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "vendor.pub"), signaturetest.New(t).PEM)
	own := write(t, filepath.Join(t.TempDir(), "own.pub"), signaturetest.New(t).PEM)
	file := write(t, filepath.Join(dir, "trust.yaml"), `
ghcr.io/vendor/tool: accept
ghcr.io/vendor/**: {keys: [vendor.pub, `+own+`], require: all, annotations: {env: prod}}
library/*: {digest: `+ocitest.SomeDigest+`}
docker.io/**: refuse
`)
	p := &policy{file: file, now: time.Now}
	for name, want := range map[string]string{
		"ghcr.io/vendor/tool":               "nothing",
		"ghcr.io/vendor/app:1":              "2 keys",
		"ghcr.io/vendor/a/b":                "2 keys",
		"nginx":                             "digest",
		"grafana/grafana":                   "refused",
		"quay.io/other/app":                 "nothing",
		"oci:/srv/app":                      "nothing",
		"nginx@" + ocitest.SomeDigest:       "digest",
		"https://hub.docker.com/_/postgres": "digest",
	} {
		rule, err := p.of(ocitest.Parse(t, name))
		got := "nothing"
		switch {
		case failure.KindOf(err) == failure.Untrusted && err != nil:
			got = "refused"
		case err != nil:
			t.Fatal(err)
		case rule != nil && len(rule.Keys) == 2 && rule.All && rule.Annotations["env"] == "prod" && rule.Keys[1].Name == "own.pub":
			got = "2 keys"
		case rule != nil && rule.Digest == ocitest.SomeDigest:
			got = "digest"
		}
		if got != want {
			t.Errorf("for %s the rule is %s (%+v), not %s", name, got, rule, want)
		}
	}
}

// TestMistakesInAPolicyHaveTheirPlaces, and secrets do not stand in them.
func TestMistakesInAPolicyHaveTheirPlaces(t *testing.T) {
	dir := t.TempDir()
	private := signaturetest.New(t).Private(t)
	write(t, filepath.Join(dir, "cosign.key"), private)
	file := write(t, filepath.Join(dir, "trust.yaml"), `ghcr.io/a/*: {keys: [missing.pub]}
ghcr.io/b/*: {keys: [cosign.key]}
ghcr.io/c/*: {keyz: [cosign.pub]}
ghcr.io/d/*: allow
ghcr.io/e/*: {require: all}
ghcr.io/f/*:
ghcr.io/g/*: {}
ghcr.io/h:1.0: accept
"[x]/*": accept
ghcr.io/i/*: {digest: sha256:1}
ghcr.io/j/*: {keys: [], require: both}
`)
	_, err := readPolicy(file)
	var wrong diag.Diagnostics
	if !errors.As(err, &wrong) {
		t.Fatal(err)
	}
	for line, says := range map[int]string{
		1: `key "missing.pub" cannot be read`, 2: `key "cosign.key" cannot be used: it is a private key`, 3: `unknown key "keyz"`, 4: `a rule cannot be "allow"`,
		5: "asks for nothing", 6: "has no value", 7: "asks for nothing", 8: "leave out tag and digest", 9: "of special characters there is only the star", 10: `"sha256:1" is no digest`, 11: "keys is empty",
	} {
		found := false
		for _, d := range wrong {
			found = found || d.Line == line && strings.Contains(d.Text, says)
		}
		if !found {
			t.Errorf("line %d does not say %q:\n%v", line, says, err)
		}
	}
	if strings.Contains(err.Error(), strings.Split(private, "\n")[1]) {
		t.Error("the private key stands in the message")
	}
}

// TestAStarThatRefusesLittle looks like the end of a policy, and is not: it is a mistake.
func TestAStarThatRefusesLittle(t *testing.T) {
	for text, says := range map[string]string{
		`"*": refuse`:             `"*" refuses no more than docker.io/library/*`,
		`"*/*": refuse`:           `write **`,
		`ghcr.io/*: refuse`:       `write ghcr.io/**`,
		`docker.io/*: refuse`:     `write docker.io/**`,
		`hub.lan:5000/*: refuse`:  `write hub.lan:5000/**`,
		`"*": accept`:             "",
		`library/*: refuse`:       "",
		`ghcr.io/owner/*: refuse`: "",
		`ghcr.io/**: refuse`:      "",
		`"**": refuse`:            "",
	} {
		_, err := readPolicy(write(t, filepath.Join(t.TempDir(), "trust.yaml"), text+"\n"))
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestAPolicyIsReadAgain, and refuses everything while it is wrong.
func TestAPolicyIsReadAgain(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "trust.yaml"), "'**': accept\n")
	now := time.Now()
	p := &policy{file: file, now: func() time.Time { return now }}
	ref := ocitest.Parse(t, "nginx")
	if _, err := p.of(ref); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, says string }{{"'**': refuse\n", "refuses"}, {"'**': no\n", "a rule"}} {
		write(t, file, c.text)
		now = now.Add(2 * policyAge)
		if _, err := p.of(ref); failure.KindOf(err) != failure.Untrusted || !strings.Contains(err.Error(), c.says) || strings.Contains(failure.PublicText(err), file) {
			t.Errorf("%q is %v, and clients are told %q", c.text, err, failure.PublicText(err))
		}
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * policyAge)
	if _, err := p.of(ref); err == nil {
		t.Error("without its file, everything is accepted")
	}
	write(t, file, "'**': accept\n")
	now = now.Add(2 * policyAge)
	if _, err := p.of(ref); err != nil {
		t.Error(err)
	}
}
