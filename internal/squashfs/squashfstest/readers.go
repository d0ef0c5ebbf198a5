package squashfstest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"lxdocker/internal/rootfs"
)

// reader tells what an image holds. dir is an empty folder for it, which is
// removed afterwards.
type reader func(image, dir string) (map[string]Node, error)

// ErrNoMount says that this machine or container may not mount images.
var ErrNoMount = errors.New("mounting is not allowed here: what the kernel makes of images is not tested")

// Unsquashfs reads an image with the program of this name, of squashfs-tools.
func Unsquashfs(tb testing.TB, image string) map[string]Node {
	tb.Helper()
	return read(tb, unsquashfs, image)
}

// Rdsquashfs reads an image with the program of this name, of
// squashfs-tools-ng. It tells nothing of hardlinks and of the root's metadata.
func Rdsquashfs(tb testing.TB, image string) map[string]Node {
	tb.Helper()
	return read(tb, rdsquashfs, image)
}

// Kernel mounts an image. Where that is not allowed the test is skipped.
func Kernel(tb testing.TB, image string) map[string]Node {
	tb.Helper()
	return read(tb, kernel, image)
}

func read(tb testing.TB, r reader, image string) map[string]Node {
	tb.Helper()
	Need(tb)
	nodes, err := apart(r, image)
	if errors.Is(err, ErrNoMount) {
		tb.Skip(err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return nodes
}

// Need skips a test if nobody may unpack images, and fails it if they cannot be.
func Need(tb testing.TB) {
	tb.Helper()
	if os.Geteuid() != 0 {
		tb.Skip("only root can unpack images with their owners and devices")
	}
	for _, program := range []string{"unsquashfs", "rdsquashfs"} {
		if _, err := exec.LookPath(program); err != nil {
			tb.Fatal("squashfs-tools and squashfs-tools-ng must be installed: ", err)
		}
	}
}

// Check compares what all readers say of an image. It is for those who have no
// testing.TB, and does not mind if mounting is not allowed.
func Check(image string, want map[string]Node) error {
	readers := []struct {
		name string
		read reader
	}{{"unsquashfs", unsquashfs}, {"rdsquashfs", rdsquashfs}, {"kernel", kernel}}
	errs := make([]error, len(readers))
	var all sync.WaitGroup
	for i, r := range readers {
		all.Go(func() {
			got, err := apart(r.read, image)
			if errors.Is(err, ErrNoMount) {
				return
			}
			if d := Compare(want, got); err == nil && d != nil {
				err = errors.New(strings.Join(d, "\n\t"))
			}
			if err != nil {
				errs[i] = fmt.Errorf("%s: %w", r.name, err)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// apart gives a reader a folder in memory: other file systems may have no room
// for large extended attributes, and are slower.
func apart(r reader, image string) (map[string]Node, error) {
	image, err := filepath.Abs(image)
	if err != nil {
		return nil, err
	}
	memory := "/dev/shm"
	if _, err := os.Stat(memory); err != nil {
		memory = ""
	}
	dir, err := os.MkdirTemp(memory, "squashfstest-")
	if err != nil {
		return nil, err
	}
	nodes, err := r(image, dir)
	return nodes, errors.Join(err, os.RemoveAll(dir))
}

func unsquashfs(image, dir string) (map[string]Node, error) {
	if err := run(dir, "unsquashfs", "-no-progress", "-quiet", "-force", "-dest", ".", image); err != nil {
		return nil, err
	}
	nodes, err := walk(dir)
	for name, n := range nodes {
		if n.Kind == rootfs.Dir {
			n.Links = 0 // this is what the file system of dir counts
		}
		if n.Kind == rootfs.Symlink {
			n.Xattrs = unknownXattrs() // changing the owner afterwards, it loses capabilities
		}
		nodes[name] = n
	}
	return nodes, err
}

// Unpack has unsquashfs unpack an image, or only the names given, into a folder
// that is there until the test ends.
func Unpack(tb testing.TB, image string, names ...string) (dir string) {
	tb.Helper()
	Need(tb)
	dir = tb.TempDir()
	if err := run(dir, "unsquashfs", append([]string{"-no-progress", "-quiet", "-force", "-dest", ".", image}, names...)...); err != nil {
		tb.Fatal(err)
	}
	return dir
}

func rdsquashfs(image, dir string) (map[string]Node, error) {
	// It changes owners last, whereby files lose their capabilities. So it
	// unpacks twice, once without owners.
	nodes, err := rdunpack(image, filepath.Join(dir, "a"), "-T", "-C", "-O")
	if err != nil {
		return nil, err
	}
	delete(nodes, ".") // it does not touch the folder it unpacks into
	withXattrs, err := rdunpack(image, filepath.Join(dir, "b"), "-X")
	for name, n := range nodes {
		n.Links, n.First = 0, "?" // it makes several files of one
		n.Xattrs = withXattrs[name].Xattrs
		nodes[name] = n
	}
	return nodes, err
}

func rdunpack(image, dir string, options ...string) (map[string]Node, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	if err := run(dir, "rdsquashfs", append(options, "-q", "-u", "/", "-p", ".", image)...); err != nil {
		return nil, err
	}
	return walk(dir)
}

// run fails also if a program says something is wrong, but not in its status.
func run(dir, program string, args ...string) error {
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	err := cmd.Run()
	if err != nil || complaints.Len() > 0 {
		return fmt.Errorf("%s: %v: %s", program, err, complaints.String())
	}
	return nil
}
