package squashfstest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"lxdocker/internal/testenv"
)

func kernel() Reader {
	return Reader{
		Name: "kernel",
		need: func(t *testing.T) {
			testenv.NeedsProgram(t, "mksquashfs", "squashfs-tools")
			if err := mountable(); err != nil {
				t.Skip("not run: what the kernel makes of images, since it cannot mount any here: ", err)
			}
		},
		nodes: func(image, dir string) (nodes map[string]Node, err error) {
			if err := mount(image, dir); err != nil {
				return nil, err
			}
			defer func() { err = errors.Join(err, unmount(dir)) }()
			return walk(dir)
		},
		show: func(t *testing.T, image, dir string, _ []string) error {
			if err := mount(image, dir); err != nil {
				return err
			}
			t.Cleanup(func() {
				if err := unmount(dir); err != nil {
					t.Error(err)
				}
			})
			return nil
		},
	}
}

// Mount has the kernel show an image in a folder until the function it returns
// is called, or the test ends. Where that is not allowed the test is skipped.
func Mount(t *testing.T, image string) (dir string, end func()) {
	t.Helper()
	k := kernel()
	k.Need(t)
	dir = t.TempDir()
	if err := mount(image, dir); err != nil {
		t.Fatal(err)
	}
	end = sync.OnceFunc(func() {
		if err := unmount(dir); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(end)
	return dir, end
}

// mountable says why no image can be mounted here, as in most containers. It
// has tried with one that mksquashfs has made: what fails to mount after that is
// at fault itself.
var mountable = sync.OnceValue(func() error {
	dir, err := os.MkdirTemp("", "squashfstest-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	empty, image := filepath.Join(dir, "empty"), filepath.Join(dir, "image")
	if err := os.Mkdir(empty, 0o700); err != nil {
		return err
	}
	if err := run(dir, "mksquashfs", empty, image, "-comp", "zstd", "-quiet", "-no-progress"); err != nil {
		return err
	}
	if err := mount(image, empty); err != nil {
		return err
	}
	return unmount(empty)
})

func mount(image, dir string) error {
	if out, err := exec.Command("mount", "-t", "squashfs", "-o", "loop,ro", image, dir).CombinedOutput(); err != nil {
		why, _, _ := strings.Cut(string(out), "\n") // it goes on about dmesg
		return fmt.Errorf("mounting: %w: %s", err, why)
	}
	return nil
}

func unmount(dir string) error {
	err := unix.Unmount(dir, 0)
	if errors.Is(err, unix.EBUSY) {
		err = unix.Unmount(dir, unix.MNT_DETACH)
	}
	if err != nil {
		return fmt.Errorf("unmounting: %w", err)
	}
	return nil
}
