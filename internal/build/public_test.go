package build

import (
	"fmt"
	"os"
	"testing"

	"lxdocker/internal/failure"
)

func TestClientsAreToldWhatIsWrongWithAnImage(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"what is wrong in it":            {fmt.Errorf("applying layer 1: %w", failure.Errorf(failure.Corrupt, "a path of 5000 bytes")), "applying layer 1: a path of 5000 bytes"},
		"only what is said for them":     {fmt.Errorf("making /x: %w", failure.Publicf(failure.TooLarge, "it has 9 layers")), "it has 9 layers"},
		"nothing of the machine":         {fmt.Errorf("making it: %w", &os.PathError{Op: "open", Path: "/srv/x", Err: os.ErrPermission}), ""},
		"nothing of what is unavailable": {failure.New(failure.Unavailable, os.ErrPermission), ""},
		"nothing without an error":       {nil, ""},
	} {
		if got := failure.PublicText(aboutImage(c.err)); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
