package power_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"lxdocker/internal/testenv"
)

// options of ext4: it may forget contents of renamed files that nobody has synced, and
// writes names to the disk every second.
const options = "loop,noauto_da_alloc,commit=1"

// disk is one that can be copied at a moment.
type disk struct {
	t     *testing.T
	dir   string
	image string // a file on a file system that can share blocks
	live  string // where it is mounted
}

func newDisk(t *testing.T) *disk {
	t.Helper()
	testenv.NeedsRoot(t)
	testenv.NeedsProgram(t, "mkfs.btrfs", "btrfs-progs")
	testenv.NeedsProgram(t, "mkfs.ext4", "e2fsprogs")
	dir := t.TempDir()
	d := &disk{t: t, dir: dir, image: filepath.Join(dir, "below/image"), live: filepath.Join(dir, "live")}
	below := filepath.Join(dir, "below.btrfs")
	d.sparse(below, 8<<30)
	d.run("mkfs.btrfs", "-q", below)
	d.mount(below, filepath.Join(dir, "below"), "loop")
	d.sparse(d.image, 2<<30)
	d.run("mkfs.ext4", "-q", d.image)
	d.mount(d.image, d.live, options)
	return d
}

func (d *disk) sparse(file string, size int64) {
	d.t.Helper()
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Truncate(file, size)); err != nil {
		d.t.Fatal(err)
	}
}

func (d *disk) run(name string, args ...string) {
	d.t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		d.t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// mount mounts an image until the test ends.
func (d *disk) mount(image, at, options string) {
	d.t.Helper()
	if err := os.Mkdir(at, 0o755); err != nil {
		d.t.Fatal(err)
	}
	d.run("mount", "-o", options, image, at)
	d.t.Cleanup(func() { _ = unix.Unmount(at, unix.MNT_DETACH) })
}

// copy is the disk as the power left it, mounted. Nothing that its users do meanwhile is
// in it. forget removes it.
func (d *disk) copy(n int) (at string, forget func()) {
	d.t.Helper()
	image := filepath.Join(d.dir, fmt.Sprintf("below/copy-%d", n))
	if err := clone(d.image, image); err != nil {
		d.t.Fatal(err)
	}
	at = filepath.Join(d.dir, fmt.Sprintf("copy-%d", n))
	d.mount(image, at, options)
	return at, func() {
		if err := errors.Join(unix.Unmount(at, 0), os.Remove(image)); err != nil {
			d.t.Error(err)
		}
	}
}

// clone shares all blocks of a file, as it is at one moment.
func clone(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(unix.IoctlFileClone(int(dst.Fd()), int(src.Fd())), dst.Close())
}
