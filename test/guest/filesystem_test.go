//go:build e2e

package guest

import (
	"fmt"
	"os"
	"testing"
)

// finding is a row that compares what a script prints.
func finding(name, spec, script, want string) behaviour {
	return goserver(name, spec, nil, func(c *container) {
		c.status()
		c.finds(script, want)
	})
}

func TestMemoryFileSystems(t *testing.T) {
	const content = `files:
  /run/app: {directory: true, mode: 03770, uid: 7, gid: 8}
  /run/app/file: {content: kept, mode: 0640, uid: 9, gid: 10}
  /run/app/link: {symlink: file}
  /tmp: {directory: true, mode: 01777}
  /tmp/file: {content: kept, mode: 0600}
`
	const look = `stat -c '%a %u:%g %N' /run/app /run/app/file /run/app/link /tmp/file; cat /run/app/link; stat -f -c %T /run /tmp; stat -c %a /tmp`
	const found = "3770 7:8 /run/app\n640 9:10 /run/app/file\n777 0:0 '/run/app/link' -> 'file'\n600 0:0 /tmp/file\nkepttmpfs\ntmpfs\n1777\n"
	show(t,
		goserver("/run and /tmp hold what the image has there, at each start", content, nil, func(c *container) {
			c.status()
			c.finds(look, found)
			c.sh("rm -r /run/app /tmp/file; : >/run/new")
			c.stop(patience)
			c.start()
			c.status()
			c.finds(look, found)
			c.finds("[ -e /run/new ] || echo gone", "gone\n")
		}),
		finding("/var/run may be a link to /run", "files: {/var/run: {symlink: ../run}, /run/app: {directory: true, mode: 0711}}\n",
			"stat -c %a /var/run/app; : >/var/run/x; ls /run/x", "711\n/run/x\n"),
		finding("/run may be a link to /var/run", "files: {/run: {symlink: /var/run}, /var/run/app: {directory: true, mode: 0711}}\n",
			"stat -c %a /run/app; stat -f -c %T /var/run; readlink /run", "711\ntmpfs\n/var/run\n"),
		finding("/var/run may be a folder of its own", "files: {/var/run/app: {directory: true, mode: 0711}}\n", "stat -c %a /var/run/app", "711\n"),
		finding("programs run there", "", "for dir in /run /tmp; do cp /busybox-lxd $dir/busybox; $dir/busybox echo $dir; done", "/run\n/tmp\n"),
		finding("/dev/shm has 64 MiB", "", "df -k /dev/shm | awk 'END { print $2 }'; stat -c %a /dev/shm", "65536\n1777\n"),
		finding("/dev/shm is as the spec says", "shm_size: 128m\n", "df -k /dev/shm | awk 'END { print $2 }'", "131072\n"),
		finding("there are message queues", "", "grep -c ' /dev/mqueue mqueue ' /proc/mounts", "1\n"),
	)
}

// TestAScratchImageHasWhatItNeeds: one program, and nothing in the image else.
func TestAScratchImageHasWhatItNeeds(t *testing.T) {
	show(t,
		finding("places", "", "for dir in /proc /sys /dev /tmp /run /etc; do [ -d $dir ] && ls -A $dir | grep -q . && echo $dir; done; [ -w /tmp ] && echo x",
			"/proc\n/sys\n/dev\n/run\n/etc\nx\n"),
		goserver("names", "", nil, knowsItsName),
		goserver("names after a rename", "", nil, func(c *container) {
			c.status()
			c.stop(patience)
			c.must("rename", c.Name, c.Name+"-renamed")
			c.Name += "-renamed"
			c.start()
			knowsItsName(c)
		}),
		goserver("names of a copy", "", nil, func(c *container) {
			c.status()
			c.stop(patience)
			other := newContainer(c.t, c.Daemon, c.Name+"-copy")
			c.must("copy", c.Name, other.Name)
			other.start()
			knowsItsName(other)
		}),
		goserver("name servers", "", nil, func(c *container) {
			c.status()
			c.until(func() error { return differ(c.sh("grep -c '^nameserver 10[.]' /etc/resolv.conf"), "1\n") })
		}),
		finding("devices", "", "echo x >/dev/null; head -c 4 /dev/zero | wc -c; [ -c /dev/urandom ] && [ -e /dev/stdout ] && [ -c /dev/console ] && echo there", "4\nthere\n"),
	)
}

func knowsItsName(c *container) {
	c.t.Helper()
	c.status()
	c.finds("cat /etc/hostname", c.Name+"\n")
	c.finds("cat /proc/sys/kernel/hostname", c.Name+"\n")
	c.finds(`awk '$1 ~ /^(127|::1)/' /etc/hosts`, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n")
	c.finds("awk '$2 == \""+c.Name+"\" { print $1 }' /etc/hosts", c.address()+"\n")
	c.finds("ping -c 1 -q "+c.Name+" >/dev/null && echo known", "known\n")
}

func TestVolumes(t *testing.T) {
	show(t,
		finding("are there, with owner and mode", "", "stat -c '%a %u:%g' /data", "755 65534:65534\n"),
		goserver("keep what the application writes", "", nil, func(c *container) {
			c.status()
			c.sh("echo kept >/data/file")
			c.stop(patience)
			c.start()
			c.status()
			c.finds("cat /data/file", "kept\n")
		}),
		goserver("an empty disk is filled once", "files: {/data/seed: {content: seed, mode: 0600, uid: 5, gid: 6}, /data/dir: {directory: true, mode: 02755}}\n", nil, func(c *container) {
			c.status()
			c.stop(patience)
			c.attach("/data")
			c.start()
			c.status()
			c.finds("stat -c '%a %u:%g %n' /data /data/seed /data/dir; cat /data/seed", "755 65534:65534 /data\n600 5:6 /data/seed\n2755 0:0 /data/dir\nseed")
			c.sh("rm -r /data/seed /data/dir")
			c.stop(patience)
			c.start()
			c.status()
			c.finds("ls /data", "") // what was deleted stays deleted
		}),
		goserver("a disk with something on it stays as it is", "files: {/data/seed: seed}\n", nil, func(c *container) {
			c.status()
			c.stop(patience)
			c.attach("/mnt")
			c.start()
			c.status()
			c.sh("echo own >/mnt/own")
			c.stop(patience)
			c.must("config", "device", "set", c.Name, "volume", "path", "/data")
			c.start()
			c.status()
			c.finds("ls /data", "own\n")
		}),
	)
}

// attach gives the container a new, empty disk at a path. It goes away with the
// container.
func (c *container) attach(path string) {
	c.t.Helper()
	c.must("storage", "volume", "create", "default", c.Name)
	c.volume = c.Name
	c.must("config", "device", "add", c.Name, "volume", "disk", "pool=default", "source="+c.Name, "path="+path)
}

// TestNothingLeavesTheRoot: links in the image that lead out of it are links
// for the container; nobody on the host follows them.
func TestNothingLeavesTheRoot(t *testing.T) {
	away := t.TempDir()
	if err := os.Chmod(away, 0o777); err != nil {
		t.Fatal(err)
	}
	up := "../../../../../../../../../../../.."
	spec := "files:\n"
	for _, name := range []string{"/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/lxd-prelaunch", "/.lxdocker/network"} {
		spec += fmt.Sprintf("  %s: {symlink: %s%s%s}\n", name, up, away, name)
	}
	show(t, goserver("files that the host writes", spec, config("user.lxdocker_init_script=:", "user.lxdocker.net=dhcp"), func(c *container) {
		c.status()
		if found, err := os.ReadDir(away); err != nil || len(found) > 0 {
			c.t.Errorf("on the host there is %v (%v)", found, err)
		}
		c.finds("cat /etc/hostname", c.Name+"\n")
	}))
}
