package guest

import (
	"fmt"
	"strings"
	"testing"

	"lxdocker/internal/rootfs"
	"lxdocker/internal/testenv"
)

// paging is an application that shows 300 lines by a pager, as git, psql and systemctl do.
func paging(t *testing.T, pager string) image {
	t.Helper()
	less := testenv.NeedsProgram(t, "less", "less")
	i := printing(t, fmt.Sprintf(`
n=0
while [ $n -lt 300 ]; do n=$((n + 1)); echo "line $n."; done | %s
echo "the pager: $?"
exec /probe`, pager))
	edit := i.edit
	i.edit = func(tree *rootfs.Tree) {
		edit(tree)
		putProgram(t, tree, less)
	}
	return i
}

// Where nobody can press a key, a pager that asks for one is waited for until the stop.
func TestAPagerDoesNotWaitWhereNobodyCanPressAKey(t *testing.T) {
	t.Parallel()
	less := testenv.NeedsProgram(t, "less", "less")
	for name, test := range map[string]struct {
		pager string
		lines int
	}{
		"less": {less, 300}, "less that is told to page": {less + " -+F -+X", 300}, "more": {"$b more", 300}, "one that ends early": {"$b head -n 3", 3},
	} {
		for _, terminal := range []bool{true, false} { // of the console
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				i := paging(t, test.pager)
				i.terminal = terminal
				c := run(t, i)
				c.waitForLine("ready")
				c.waitFor("the pager's end", func() bool { return strings.Contains(c.console.String(), "the pager: 0") })
				if got := strings.Count(c.console.String(), "line "); got != test.lines || strings.Contains(c.console.String(), "--More--") {
					t.Errorf("it shows %d lines: %q", got, c.console)
				}
			})
		}
	}
}

// Whoever asks for the terminal gets what goes with it.
func TestAPagerWaitsForKeysAtATerminal(t *testing.T) {
	t.Parallel()
	i := paging(t, "$b more")
	i.terminal, i.TTY = true, true
	c := run(t, i)
	c.waitFor("a page", func() bool { return strings.Contains(c.console.String(), "--More--") })
	if c.hasLine("ready") || strings.Contains(c.console.String(), "line 300.") {
		t.Errorf("it has not waited: %q", c.console)
	}
	c.press('q')
	c.waitForLine("ready")
	c.waitFor("the pager's end", func() bool { return strings.Contains(c.console.String(), "the pager: 0") })
}
