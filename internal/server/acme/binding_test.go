package acme_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lxdocker/internal/server/acme"
)

// key is as an authority shows it.
const key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"

// account writes a file for ReadBinding.
func account(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "account")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// bound has an authority that wants to know whose account it is, and a server that says text.
func bound(t *testing.T, text string) *served {
	t.Helper()
	s := serve(t, hub)
	s.authority.Accounts = map[string]string{"kid-1": key}
	s.start()
	if text != "" {
		binding, err := acme.ReadBinding(account(t, text))
		if err != nil {
			t.Fatal(err)
		}
		s.options.Binding = binding
	}
	s.restart()
	return s
}

func TestAnAuthorityLearnsWhoseAccountItIs(t *testing.T) {
	t.Parallel()
	s := bound(t, "kid-1\n"+key+"\n")
	s.obtain()
	first := s.shown(hub)

	// Who has an account needs that no more.
	s.options.Binding = nil
	s.forward(61 * day)
	s.restart()
	s.obtain()
	if s.isOwn(first) || s.shown(hub).Equal(first) {
		t.Errorf("it was not renewed\n%s", s.log.String())
	}
}

func TestAnAuthorityDoesNotLearnWhoseAccountItIs(t *testing.T) {
	for name, c := range map[string]struct{ text, next string }{
		"no account":                  {"", "name it with --acme-account FILE"},
		"one that nobody knows":       {"kid-2 " + key, "correct the file of --acme-account"},
		"a key that is another one's": {"kid-1 " + strings.Repeat("A", len(key)), "correct the file of --acme-account"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := bound(t, c.text)
			s.pass()
			f := s.manager.Load().Names()[0].Failure
			if f == nil || !strings.Contains(f.Next, c.next) || strings.Contains(f.Error, key) {
				t.Errorf("the failure is %+v\n%s", f, s.authority.Log())
			}
		})
	}
}

func TestAFileThatNamesNoAccount(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "has 0 words",
		"kid-1":                   "has 1 words",
		"kid-1 hmac: " + key:      "has 3 words",
		"kid-1 " + key + "+/":     "no key in base64url",
		"kid-1 " + key + "A":      "no key in base64url",
		"kid-1 " + key[:43] + "=": "",
	} {
		_, err := acme.ReadBinding(account(t, text))
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), key)) {
			t.Errorf("%q: %v, and not %q", text, err, want)
		}
	}
	others := account(t, "kid-1 "+key)
	if err := os.Chmod(others, 0o606); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{others, t.TempDir(), filepath.Join(t.TempDir(), "none")} {
		if _, err := acme.ReadBinding(file); err == nil {
			t.Errorf("%s is read", file)
		}
	}
}
