package squashfstest

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

func kernel(image, dir string) (nodes map[string]Node, err error) {
	if err := mount(image, dir); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unmount(dir)) }()
	return walk(dir)
}

// Mount shows an image in a folder until the function it returns is called, or
// the test ends. Where mounting is not allowed the test is skipped.
func Mount(tb testing.TB, image string) (dir string, end func()) {
	tb.Helper()
	Need(tb)
	dir = tb.TempDir()
	err := mount(image, dir)
	if errors.Is(err, ErrNoMount) {
		tb.Skip(err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	end = sync.OnceFunc(func() {
		if err := unmount(dir); err != nil {
			tb.Error(err)
		}
	})
	tb.Cleanup(end)
	return dir, end
}

func mount(image, dir string) error {
	out, err := exec.Command("mount", "-t", "squashfs", "-o", "loop,ro", image, dir).CombinedOutput()
	if err != nil {
		if forbidden(string(out)) {
			return ErrNoMount
		}
		return fmt.Errorf("mounting: %w: %s", err, out)
	}
	return nil
}

// forbidden says whether mount(8) may do nothing of the kind here, as in most
// containers. Everything else is a fault of the image, or of ours.
func forbidden(complaint string) bool {
	for _, reason := range []string{"ermission denied", "not permitted", "must be superuser", "loop device: No such file", "unknown filesystem type"} {
		if strings.Contains(complaint, reason) {
			return true
		}
	}
	return false
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
