package guest

import (
	"testing"

	"lxdocker/internal/rootfs"
)

// Without the variable, tini prints three lines of warning at each start, as it is not
// PID 1.
func TestTiniIsToldToReapItsOrphans(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		p    Process
		file string // a tini
		want string
	}{
		"by its path":                   {Process{Entrypoint: []string{"/sbin/tini", "--", "x"}}, "sbin/tini", "1"},
		"by its name":                   {Process{Entrypoint: []string{"tini"}}, "usr/bin/tini", "1"},
		"at a place of the image's own": {Process{Entrypoint: []string{"/opt/tini-static-amd64"}}, "opt/tini-static-amd64", "1"},
		"for a script":                  {Process{}, "tini", "1"},
		"what the image says counts":    {Process{Env: []string{"TINI_SUBREAPER=own"}}, "usr/bin/tini", "own"},
		"as PID 1":                      {Process{Entrypoint: []string{"tini"}, Supervise: Never}, "usr/bin/tini", "none"},
		"there is none":                 {Process{}, "usr/bin/tinier", "none"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := run(t, image{Process: test.p, conf: "exit 0", edit: func(tree *rootfs.Tree) { must(t, tree.Link("probe", test.file)) }})
			c.wait()
			got, ok := c.environ()["TINI_SUBREAPER"]
			if !ok {
				got = "none"
			}
			if got != test.want {
				t.Errorf("TINI_SUBREAPER is %q, not %q", got, test.want)
			}
		})
	}
}
