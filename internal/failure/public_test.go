package failure_test

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"lxdocker/internal/failure"
)

func TestWhatStrangersAreTold(t *testing.T) {
	marked := failure.Publicf(failure.TooLarge, "it has %d bytes", 9)
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"nothing of an error of the machine":         {&os.PathError{Op: "open", Path: "/root/key", Err: os.ErrPermission}, ""},
		"nothing of one that has only a kind":        {failure.New(failure.NotFound, errors.New("/root/key")), ""},
		"what is marked":                             {marked, "it has 9 bytes"},
		"nothing of what is around it":               {fmt.Errorf("writing /var/cache/x: %w", marked), "it has 9 bytes"},
		"the outer one of two":                       {failure.Public(fmt.Errorf("layer 2: %w", marked)), "layer 2: it has 9 bytes"},
		"a text for clients in place of the error's": {fmt.Errorf("x: %w", failure.Tell(os.ErrPermission, "ask another day")), "ask another day"},
		"the marked one of several":                  {errors.Join(os.ErrPermission, marked), "it has 9 bytes"},
		"what has got another kind since then":       {failure.New(failure.Corrupt, marked), "it has 9 bytes"},
		"nothing of no error, which is no text":      {failure.Public(nil), ""},
	} {
		if got := failure.PublicText(c.err); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if failure.KindOf(marked) != failure.TooLarge {
		t.Error("the mark has changed the kind")
	}
}
