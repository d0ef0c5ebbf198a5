package failure_test

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"lxdocker/internal/failure"
)

var readers = []failure.Reader{failure.Asker, failure.SpecKeeper, failure.Operator}

func TestEveryKindAndEachCauseHasItsOwnNextStep(t *testing.T) {
	for _, r := range readers {
		said := map[string]string{}
		check := func(what, step string) {
			if other, ok := said[step]; step == "" || ok {
				t.Errorf("reader %d: %s and %s: %q", r, what, other, step)
			}
			if strings.HasSuffix(step, ".") || step != strings.ToLower(step[:min(1, len(step))])+step[min(1, len(step)):] {
				t.Errorf("%q is a whole sentence", step)
			}
			if r == failure.Asker && strings.ContainsAny(step, "/`:") || r == failure.Asker && strings.Contains(step, "--") {
				t.Errorf("who asks is told %q", step)
			}
			said[step] = what
		}
		for _, k := range failure.Kinds() {
			check(k.String(), failure.Next(k, failure.Unclear, r, "web"))
		}
		for c, k := range failure.Causes() {
			if step := failure.Next(k, c, r, "web"); r != failure.Asker || c.Public() == c {
				check(string(c), step)
			} else if step != failure.Next(k, failure.Unclear, r, "") {
				t.Errorf("who asks learns of %s: %s", c, step)
			}
		}
	}
	if got := failure.Next(failure.Internal, failure.Unclear, failure.SpecKeeper, "web"); !strings.Contains(got, "`lxdocker build web --verbose`") {
		t.Errorf("%q does not name the spec", got)
	}
	if got := failure.Next(failure.Full, failure.TLS, failure.Operator, ""); got != failure.Next(failure.Full, failure.Unclear, failure.Operator, "") {
		t.Errorf("a cause of another kind leads to %q", got)
	}
}

func TestCauseOf(t *testing.T) {
	tls := failure.Because(failure.TLS, failure.New(failure.Unavailable, io.EOF))
	for name, c := range map[string]struct {
		err  error
		want failure.Cause
	}{
		"an error without one":            {io.EOF, failure.Unclear},
		"one with a kind alone":           {failure.New(failure.Denied, io.EOF), failure.Unclear},
		"one that has a cause":            {tls, failure.TLS},
		"one that wraps such an error":    {fmt.Errorf("asking: %w", failure.Public(tls)), failure.TLS},
		"the outer one of two":            {failure.Because(failure.DNS, tls), failure.DNS},
		"one that is unclear above it":    {failure.Because(failure.Unclear, tls), failure.Unclear},
		"one that got another kind":       {failure.New(failure.Corrupt, tls), failure.Unclear},
		"one whose kind was given later":  {failure.New(failure.NotFound, failure.Because(failure.Platform, io.EOF)), failure.Platform},
		"one of an unknown cause":         {failure.Because("later", io.EOF), failure.Unclear},
		"one that came from elsewhere":    {arrived(t, fmt.Errorf("x: %w", tls)), failure.TLS},
		"no error, which nothing has led": {failure.Because(failure.TLS, nil), failure.Unclear},
	} {
		if got := failure.CauseOf(c.err); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if tls.Error() != "EOF" || failure.KindOf(tls) != failure.Unavailable {
		t.Errorf("a cause has changed the error to %v", tls)
	}
}

// arrived is an error in another process.
func arrived(t *testing.T, err error) error {
	wire, bad := json.Marshal(failure.Carry(err))
	if bad != nil {
		t.Fatal(bad)
	}
	var c failure.Carried
	if err := json.Unmarshal(wire, &c); err != nil {
		t.Fatal(err)
	}
	return c.Arrived()
}
