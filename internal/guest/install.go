package guest

import (
	"cmp"
	"fmt"
	"slices"

	"lxdocker/internal/rootfs"
)

// Install puts into the tree what boots the application p: /sbin/init,
// /busybox-lxd, the DHCP script, and the data in /.lxdocker. The image's own
// /sbin/init, if it has one, becomes /lxd-realinit. Install also makes what Docker,
// LXD or Incus expect in any container and an image may lack (scratch images have
// nothing at all). Busybox is a static program for the image's architecture: see
// [Machine].
//
// Symlinks of the image are kept, and followed inside the tree: /sbin is one in a
// usr-merged image (T6).
func Install(t *rootfs.Tree, p Process, busybox []byte) error {
	fail := func(err error) error { return fmt.Errorf("installing the guest: %w", err) }
	data, err := p.data()
	if err != nil {
		return fail(err)
	}
	data["machine"] = []string{machines(busybox)}
	data["tmp_has"], data["run_has"] = []string{has(t, "tmp")}, []string{has(t, "run")}
	if err := layOut(t); err != nil {
		return fail(err)
	}
	for _, dir := range slices.Concat(p.Volumes, []string{p.WorkDir}) {
		if err := makeDir(t, absolute(dir), 0o755); err != nil {
			return fail(err)
		}
	}
	if err := moveInit(t); err != nil {
		return fail(err)
	}
	if err := t.Remove(".lxdocker"); err != nil {
		return fail(err)
	}
	for _, f := range additions(data, busybox) {
		if err := replace(t, f); err != nil {
			return fail(err)
		}
	}
	return nil
}

// has says how much an image has in a directory, which decides whether init copies that
// into memory: names, and bytes of files. It goes no further than to a million names, and
// calls it that many where directories are in each other a hundredfold: copying calls
// itself for each.
func has(t *rootfs.Tree, dir string) string {
	var names, bytes int64
	for depth, ino := range t.Below(dir) {
		names++
		if depth > 100 {
			names = 1e6
		}
		if ino.Content != nil {
			bytes += ino.Content.Size()
		}
		if names >= 1e6 {
			break
		}
	}
	return fmt.Sprint(names, " ", bytes)
}

// addition is one file or directory of ours.
type addition struct {
	path    string
	mode    uint32
	content []byte // nil: a directory
}

// additions lists all files of ours, parents first.
func additions(data map[string][]string, busybox []byte) []addition {
	list := []addition{
		{".lxdocker", 0o755, nil},
		{".lxdocker/image", 0o755, nil}, // what the image says
		{".lxdocker/mnt", 0o755, nil},   // where a tmpfs is filled before it is shown at its place
		{".lxdocker/below", 0o755, nil}, // where a directory is seen without what is mounted in it
		{".lxdocker/detach", 0o755, file("detach")},
		{".lxdocker/terminal", 0o755, file("terminal")},
		{"busybox-lxd", 0o755, busybox},
		{"lxd-enter", 0o755, file("lxd-enter")},
		{"lxd-logs", 0o755, file("lxd-logs")},
		{".lxdocker/network", 0o644, []byte{}}, // filled by the host, as lxd-prelaunch is
		{"lxd-prelaunch", 0o644, []byte{}},
		{"lxd-udhcpc-default.script", 0o755, file("lxd-udhcpc-default.script")},
		{"lxd-udhcpc-default.script.real", 0o644, file("lxd-udhcpc-default.script.real")},
		{"sbin/init", 0o755, file("init")},
	}
	for _, name := range scripts() {
		list = append(list, addition{".lxdocker/" + name, 0o644, file(name)})
	}
	for name, values := range data {
		list = append(list, addition{".lxdocker/image/" + name, 0o644, encode(values)})
	}
	slices.SortFunc(list, func(a, b addition) int { return cmp.Compare(a.path, b.path) })
	return list
}

// replace puts a file of ours in the place of whatever the image has under that
// name: a symlink there is not followed, a hardlink not written through.
func replace(t *rootfs.Tree, a addition) error {
	if err := t.Remove(a.path); err != nil {
		return err
	}
	ino := rootfs.Inode{Kind: rootfs.Dir, Mode: a.mode, ModTime: rootfs.Epoch}
	if a.content != nil {
		ino.Kind, ino.Content = rootfs.File, rootfs.Bytes(a.content)
	}
	return t.Put(a.path, ino)
}
