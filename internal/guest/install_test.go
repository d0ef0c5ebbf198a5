package guest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lxdocker/internal/rootfs"
)

// install installs the guest into a tree that holds what edit puts there.
func install(t *testing.T, p Process, edit func(*rootfs.Tree)) *rootfs.Tree {
	t.Helper()
	if p.Entrypoint == nil {
		p.Entrypoint = []string{"/app"}
	}
	tree := rootfs.New()
	if edit != nil {
		edit(tree)
	}
	must(t, Install(tree, p, []byte("busybox")))
	return tree
}

// show describes one inode: "-rwxr-xr-x", "drwxrwxrwt", "-> target", or "none".
func show(tree *rootfs.Tree, name string) string {
	ino, ok := tree.Lstat(name)
	switch {
	case !ok:
		return "none"
	case ino.Kind == rootfs.Symlink:
		return "-> " + ino.Target
	case ino.Kind == rootfs.Dir:
		return fmt.Sprintf("d%04o", ino.Mode)
	case ino.Kind == rootfs.File:
		return fmt.Sprintf("-%04o", ino.Mode)
	}
	return "other"
}

func checkNames(t *testing.T, tree *rootfs.Tree, want map[string]string) {
	t.Helper()
	for name, want := range want {
		if got := show(tree, name); got != want {
			t.Errorf("/%s is %q, not %q", name, got, want)
		}
	}
}

// T21: hello-world, pause, portainer.
func TestAnEmptyImageGetsAllThatAContainerNeeds(t *testing.T) {
	tree := install(t, Process{WorkDir: "/srv/app", Volumes: []string{"/data", "var/lib/x/"}}, nil)
	checkNames(t, tree, map[string]string{
		"proc": "d0755", "sys": "d0755", "dev": "d0755", "run": "d0755", "tmp": "d1777", "etc": "d0755", "sbin": "d0755",
		"etc/hosts": "-0644", "etc/hostname": "-0644", "etc/resolv.conf": "-0644", "etc/passwd": "none", "lxd-realinit": "none",
		"busybox-lxd": "-0755", "sbin/init": "-0755", "lxd-prelaunch": "-0644",
		"lxd-udhcpc-default.script": "-0755", "lxd-udhcpc-default.script.real": "-0644",
		"srv/app": "d0755", "data": "d0755", "var/lib/x": "d0755",
	})
	for name, ino := range tree.All() {
		if ino.ModTime != rootfs.Epoch || ino.UID != 0 || ino.GID != 0 {
			t.Errorf("/%s is from %d and belongs to %d:%d", name, ino.ModTime, ino.UID, ino.GID)
		}
	}
}

// Docker puts these into each container (its init layer); some entrypoints do nothing
// without them. What is below /dev there, the daemon's own mount brings here.
func TestAnImageHasWhatDockerPutsBelowContainers(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(*rootfs.Tree)
		want map[string]string
	}{
		"an empty image": {nil, map[string]string{
			".dockerenv": "-0755", "etc/mtab": "-> /proc/mounts", "etc/hosts": "-0644", "etc/hostname": "-0644", "etc/resolv.conf": "-0644",
			"proc": "d0755", "sys": "d0755", "dev": "d0755", "dev/console": "none", "dev/pts": "none", "dev/shm": "none",
		}},
		"/etc is a link": {func(tree *rootfs.Tree) { must(t, tree.Put("etc", link("/usr/etc"))) },
			map[string]string{".dockerenv": "-0755", "usr/etc/mtab": "-> /proc/mounts"}},
		"files of the image's own": {func(tree *rootfs.Tree) {
			must(t, tree.Put(".dockerenv", text("own")))
			must(t, tree.Put("etc/mtab", text("own")))
		}, map[string]string{".dockerenv": "-0644", "etc/mtab": "-0644"}},
		"a link that leads nowhere": {func(tree *rootfs.Tree) { must(t, tree.Put("etc/mtab", link("../none"))) },
			map[string]string{"etc/mtab": "-> ../none"}},
	} {
		t.Run(name, func(t *testing.T) { checkNames(t, install(t, Process{}, test.edit), test.want) })
	}
}

func TestWhatTheImageHasIsKept(t *testing.T) {
	tree := install(t, Process{WorkDir: "/data", Volumes: []string{"/data", "/file", "/lnk"}}, func(tree *rootfs.Tree) {
		own := dir(0o2770)
		own.UID, own.GID = 999, 998
		must(t, tree.Put("data", own))
		must(t, tree.Put("file", text("a file")))
		must(t, tree.Put("lnk", link("/elsewhere/x")))
		must(t, tree.Put("tmp", dir(0o1770)))
		must(t, tree.Put("run", link("/var/run")))
		must(t, tree.Put("etc/resolv.conf", link("/run/systemd/resolve/stub-resolv.conf")))
	})
	checkNames(t, tree, map[string]string{"data": "d2770", "file": "-0644", "lnk": "-> /elsewhere/x", "elsewhere/x": "d0755", "tmp": "d1770", "run": "-> /var/run", "var/run": "d0755", "etc/resolv.conf": "-> /run/systemd/resolve/stub-resolv.conf"})
	if ino, _ := tree.Lstat("data"); ino.UID != 999 || ino.GID != 998 {
		t.Error("/data has another owner now")
	}
}

// T6: files are put through the symlinks of a usr-merged image.
func TestTheImagesOwnInitIsMoved(t *testing.T) {
	tests := []struct {
		name     string
		edit     func(*rootfs.Tree)
		want     map[string]string
		realinit string // what /lxd-realinit leads to
	}{
		{"a file", func(tree *rootfs.Tree) { must(t, tree.Put("sbin/init", script("own"))) },
			map[string]string{"lxd-realinit": "-0755", "sbin/init": "-0755"}, "own"},
		{"usr-merged", func(tree *rootfs.Tree) {
			must(t, tree.Put("usr/sbin/init", script("own")))
			must(t, tree.Put("sbin", link("usr/sbin")))
		}, map[string]string{"sbin": "-> usr/sbin", "usr/sbin/init": "-0755", "lxd-realinit": "-0755"}, "own"},
		{"usr-merged, absolute, sbin is bin", func(tree *rootfs.Tree) {
			must(t, tree.Put("usr/bin/init", script("own")))
			must(t, tree.Put("usr/sbin", link("bin")))
			must(t, tree.Put("sbin", link("/usr/sbin")))
		}, map[string]string{"sbin": "-> /usr/sbin", "usr/sbin": "-> bin", "usr/bin/init": "-0755", "lxd-realinit": "-0755"}, "own"},
		{"a relative symlink through symlinks", func(tree *rootfs.Tree) {
			must(t, tree.Put("usr/lib/systemd/systemd", script("own")))
			must(t, tree.Put("lib", link("usr/lib")))
			must(t, tree.Put("usr/sbin/init", link("../../lib/systemd/systemd")))
			must(t, tree.Put("sbin", link("usr/sbin")))
		}, map[string]string{"lxd-realinit": "-> /usr/lib/systemd/systemd", "usr/sbin/init": "-0755"}, "own"},
		{"an absolute symlink", func(tree *rootfs.Tree) {
			must(t, tree.Put("bin/busybox", script("own")))
			must(t, tree.Put("sbin/init", link("/bin/busybox")))
		}, map[string]string{"lxd-realinit": "-> /bin/busybox", "bin/busybox": "-0755"}, "own"},
		{"a symlink that leads nowhere", func(tree *rootfs.Tree) { must(t, tree.Put("sbin/init", link("../lib/none"))) },
			map[string]string{"lxd-realinit": "-> /lib/none", "sbin/init": "-0755"}, ""},
		{"one of several names of a file", func(tree *rootfs.Tree) {
			must(t, tree.Put("bin/busybox", script("own")))
			must(t, tree.Link("bin/busybox", "sbin/init"))
		}, map[string]string{"lxd-realinit": "-0755", "sbin/init": "-0755", "bin/busybox": "-0755"}, "own"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tree := install(t, Process{}, test.edit)
			checkNames(t, tree, test.want)
			ino, ok := tree.Lookup("lxd-realinit")
			if ok != (test.realinit != "") || ok && string(contentOf(t, ino)) != test.realinit {
				t.Errorf("/lxd-realinit leads to something else")
			}
			ino, _ = tree.Lookup("sbin/init")
			if !bytes.Equal(contentOf(t, ino), file("init")) {
				t.Error("/sbin/init is not ours")
			}
			if b, ok := tree.Lookup("bin/busybox"); ok && string(contentOf(t, b)) != "own" {
				t.Error("the image's busybox has changed")
			}
		})
	}
}

// LXD 5.0.2 writes its templates by path, on the host. No directory on the way may
// be a symlink that leads out, and the file itself neither a symlink nor a
// hardlink.
func TestTheHostIsNeverLedAstray(t *testing.T) {
	tree := install(t, Process{}, func(tree *rootfs.Tree) {
		must(t, tree.Put("etc", link("/usr/../usr/./etc")))
		must(t, tree.Put("usr/etc/passwd", text("secret")))
		must(t, tree.Link("usr/etc/passwd", "usr/etc/hosts"))
		must(t, tree.Put("usr/etc/hostname", link("../../../../etc/hostname")))
		must(t, tree.Put("lxd-prelaunch", link("/etc/shadow")))
		must(t, tree.Put("busybox-lxd", link("/bin/sh")))
		must(t, tree.Put("proc", link("/etc")))
		must(t, tree.Put("dev", text("a file")))
		must(t, tree.Put(".lxdocker", link("/usr")))
	})
	checkNames(t, tree, map[string]string{
		"etc": "-> usr/etc", "usr/etc/hosts": "-0644", "usr/etc/hostname": "-0644", "lxd-prelaunch": "-0644", "busybox-lxd": "-0755",
		"proc": "d0755", "dev": "d0755", "sys": "d0755", ".lxdocker": "d0755", "usr/start": "none", "etc/shadow": "none",
	})
	if ino, _ := tree.Lookup("usr/etc/passwd"); string(contentOf(t, ino)) != "secret" {
		t.Error("a file that shared its inode with /etc/hosts has changed")
	}
}

func TestAnEtcThatLeadsNowhereIsMade(t *testing.T) {
	tree := install(t, Process{}, func(tree *rootfs.Tree) { must(t, tree.Put("etc", link("../../../system/etc"))) })
	checkNames(t, tree, map[string]string{"etc": "-> system/etc", "system/etc": "d0755", "system/etc/hosts": "-0644"})
}

func TestInstallSaysWhatIsWrong(t *testing.T) {
	for want, p := range map[string]Process{
		"a NUL byte in entrypoint": {Entrypoint: []string{"/app", "a\x00b"}},
		"a NUL byte in env":        {Entrypoint: []string{"/app"}, Env: []string{"A=\x00"}},
		"a NUL byte in user":       {Entrypoint: []string{"/app"}, User: "a\x00"},
		`stop signal "SIGFOO"`:     {Entrypoint: []string{"/app"}, StopSignal: "SIGFOO"},
		`stop signal "0": no such`: {Entrypoint: []string{"/app"}, StopSignal: "0"},
	} {
		err := Install(rootfs.New(), p, []byte("busybox"))
		if err == nil || !strings.HasPrefix(err.Error(), "installing the guest: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, not %q", p, err, want)
		}
	}
	loop := rootfs.New()
	must(t, loop.Put("run", link("/run")))
	if err := Install(loop, Process{Entrypoint: []string{"/app"}}, nil); err == nil {
		t.Error("a /run that leads to itself is accepted")
	}
}

func TestInstallingTwiceTheSameGivesTheSame(t *testing.T) {
	p := Process{Entrypoint: []string{"a", "b"}, Env: []string{"Z=1", "A=2"}, Volumes: []string{"/v", "/w"}}
	dump := func() []string {
		var lines []string
		tree := install(t, p, func(tree *rootfs.Tree) { must(t, tree.Put("sbin/init", script("own"))) })
		for name, ino := range tree.All() {
			line := fmt.Sprintf("%s %s %d %d %d", name, show(tree, name), ino.UID, ino.GID, ino.ModTime)
			if ino.Kind == rootfs.File {
				line += fmt.Sprintf(" %q", contentOf(t, ino))
			}
			lines = append(lines, line)
		}
		return lines
	}
	if diff := cmp.Diff(dump(), dump()); diff != "" {
		t.Errorf("two trees differ:\n%s", diff)
	}
}

func TestFilesWithTheInstancesNameAreWrittenWheneverItGetsOne(t *testing.T) {
	for _, template := range Templates() {
		named := bytes.Contains(template.Content, []byte("container.name"))
		if got := slices.Equal(template.When, []string{"create", "copy", "rename"}); got != named {
			t.Errorf("%s is written at %q", template.Path, template.When)
		}
	}
}

func TestTemplatesAreWrittenToFilesThatAreThere(t *testing.T) {
	tree := install(t, Process{}, nil)
	for _, template := range Templates() {
		if got := show(tree, template.Path); got != "-0644" {
			t.Errorf("%s is %q", template.Path, got)
		}
		if len(template.Content) == 0 || template.Name == "" || len(template.When) == 0 {
			t.Errorf("%s: %+v", template.Path, template)
		}
	}
}
