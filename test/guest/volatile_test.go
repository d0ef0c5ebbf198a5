//go:build e2e

package guest

import "testing"

// TestFirstRunMarkers: an entrypoint that notes in /run or /tmp that its first start is
// done finds the note at its second one if the two are on disk. If not, it does again what
// can be done once, and the console says why that may be.
func TestFirstRunMarkers(t *testing.T) {
	// As `useradd` does, mkdir fails the second time.
	const entrypoint = `if [ -e /run/first ] && [ -e /tmp/first ]; then
	echo not the first time
else
	/busybox-lxd mkdir /data/user || exit 9
	: >/run/first
	: >/tmp/first
	echo the first time
fi
echo ready
while :; do /busybox-lxd sleep 0.1; done`
	row := func(name, spec string, launch []string, see func(c *container)) behaviour {
		return goserver(name, "user: 0\nentrypoint: "+yaml([]string{"/busybox-lxd", "sh", "-c", entrypoint})+"\n"+spec, launch, see)
	}
	finds := func(c *container) {
		c.says("the first time\nready")
		c.finds("grep -cE '^[^ ]+ /(run|tmp) ' /proc/mounts || :", "0\n")
		for range 2 {
			c.stop(patience)
			c.forget()
			c.start()
			c.says("not the first time\nready")
		}
	}
	show(t,
		row("kept on disk, as the spec says", "tmp: disk\nrun: disk\n", nil, finds),
		row("kept on disk, as the instance says", "", config("environment.LXDOCKER_TMP=disk", "environment.LXDOCKER_RUN=disk"), finds),
		row("lost in memory", "", nil, func(c *container) {
			c.says("the first time\nready")
			c.stop(patience)
			c.forget()
			c.start()
			c.says("ended: exit 9", "has run in this instance before. If it notes in /tmp or /run that its first start is done", "LXDOCKER_TMP=disk and LXDOCKER_RUN=disk keep them")
			c.ends()
		}),
	)
}
