package squashfstest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
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

// mount does what mount(8) does, which takes longer than all the rest that the kernel
// does with a small image.
func mount(image, dir string) error {
	device, err := attach(image)
	if err != nil {
		return fmt.Errorf("mounting: %w", err)
	}
	defer device.Close()
	// When the device is closed, it goes with the mount.
	if err := unix.Mount(device.Name(), dir, "squashfs", unix.MS_RDONLY, ""); err != nil {
		return fmt.Errorf("mounting: %w", err)
	}
	return nil
}

// attach makes a block device of a file, until nobody uses it any more.
func attach(file string) (*os.File, error) {
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer control.Close()
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	config := unix.LoopConfig{Fd: uint32(f.Fd()), Info: unix.LoopInfo64{Flags: unix.LO_FLAGS_READ_ONLY | unix.LO_FLAGS_AUTOCLEAR}}
	for {
		n, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return nil, fmt.Errorf("asking for a loop device: %w", err)
		}
		device, err := os.Open(fmt.Sprintf("/dev/loop%d", n))
		if err != nil {
			return nil, err
		}
		err = unix.IoctlLoopConfigure(int(device.Fd()), &config)
		if err == nil {
			return device, nil
		}
		_ = device.Close()
		if !errors.Is(err, unix.EBUSY) { // somebody else was faster
			return nil, fmt.Errorf("attaching %s to %s: %w", file, device.Name(), err)
		}
	}
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
