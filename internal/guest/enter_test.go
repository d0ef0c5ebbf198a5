package guest

import (
	"strings"
	"testing"

	"lxdocker/internal/rootfs"
)

func TestAPersonEntersAsTheApplication(t *testing.T) {
	t.Parallel()
	c := run(t, image{
		Process: Process{User: "1000:7", Env: []string{"PATH=/opt", "A=$(x)"}, WorkDir: "/srv", Entrypoint: []string{"/probe"}},
		conf:    "end 15", env: []string{"B=of the instance"},
		edit: func(tree *rootfs.Tree) {
			must(t, tree.Put("opt/tell", script(`#!/busybox-lxd sh
echo "$#|$1|$2|$3|$(/busybox-lxd id -u):$(/busybox-lxd id -g)|$A|$B|$PWD"
`)))
		},
	})
	c.waitForLine("ready")
	if got, want := c.busybox("sh", "/lxd-enter", "tell", "a  b", "", "$(c)"), "3|a  b||$(c)|1000:7|$(x)|of the instance|/srv"; got != want {
		t.Errorf("it says %q, not %q", got, want)
	}
	if got := c.busybox("sh", "-c", "/lxd-enter none; echo $?"); !strings.Contains(got, "'none': there is no such program in PATH (/opt)") || !strings.HasSuffix(got, "127") {
		t.Errorf("without the program it says %q", got)
	}
	if got := c.busybox("sh", "-c", "/lxd-enter; echo $?"); !strings.Contains(got, "usage: /lxd-enter") {
		t.Errorf("without a program it says %q", got)
	}
}
