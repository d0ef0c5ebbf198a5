package command

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/version"
)

func TestVersionNamesCommitAndChanges(t *testing.T) {
	machine := runtime.GOOS + "/" + runtime.GOARCH
	at := time.Date(2026, 11, 29, 11, 45, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		build version.Build
		want  string
	}{
		"a release": {version.Build{Release: "1.2.3", Commit: "046aa29", Time: at, Go: "go1.26.8"},
			"lxdocker 1.2.3 " + machine + "\ncommit 046aa29 of 2026-11-29T11:45:00Z\nbuilt with go1.26.8\n"},
		"changed files": {version.Build{Release: "1.2.3", Commit: "046aa29", Time: at, Dirty: true, Go: "go1.26.8"},
			"lxdocker 1.2.3 " + machine + "\ncommit 046aa29 of 2026-11-29T11:45:00Z, with changes that are not committed\nbuilt with go1.26.8\n"},
		"no repository": {version.Build{Release: "1.2.3", Go: "go1.26.8"}, "lxdocker 1.2.3 " + machine + "\nbuilt with go1.26.8\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			if err := printVersion(&out, "lxdocker", c.build); err != nil || out.String() != c.want {
				t.Errorf("%v, and\n%swant\n%s", err, out.String(), c.want)
			}
		})
	}
}
