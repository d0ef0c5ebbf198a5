package squashfstest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"lxdocker/internal/rootfs"
	"lxdocker/internal/testenv"
)

// unsquashfs is the program of this name, of squashfs-tools.
func unsquashfs() Reader {
	unpack := func(image, dir string, names ...string) error {
		return run(dir, "unsquashfs", append([]string{"-no-progress", "-quiet", "-force", "-dest", ".", image}, names...)...)
	}
	return Reader{
		Name: "unsquashfs",
		need: func(t *testing.T) { testenv.NeedsProgram(t, "unsquashfs", "squashfs-tools") },
		nodes: func(image, dir string) (map[string]Node, error) {
			if err := unpack(image, dir); err != nil {
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
		},
		show: func(_ *testing.T, image, dir string, names []string) error { return unpack(image, dir, names...) },
	}
}

// rdsquashfs is the program of this name, of squashfs-tools-ng. It tells nothing
// of hardlinks and of the root's metadata.
func rdsquashfs() Reader {
	return Reader{
		Name: "rdsquashfs",
		need: func(t *testing.T) { testenv.NeedsProgram(t, "rdsquashfs", "squashfs-tools-ng") },
		nodes: func(image, dir string) (map[string]Node, error) {
			// It changes owners last, whereby files lose their capabilities. So it
			// unpacks twice, once without owners.
			first := filepath.Join(dir, "a")
			nodes, err := rdunpack(image, first, "-T", "-C", "-O")
			if err := errors.Join(err, os.RemoveAll(first)); err != nil {
				return nil, err
			}
			delete(nodes, ".") // it does not touch the folder it unpacks into
			var withXattrs map[string]Node
			if some, e := haveXattrs(image); some || e != nil {
				withXattrs, err = rdunpack(image, filepath.Join(dir, "b"), "-X")
				err = errors.Join(e, err)
			}
			for name, n := range nodes {
				n.Links, n.First = 0, "?" // it makes several files of one
				n.Xattrs = withXattrs[name].Xattrs
				nodes[name] = n
			}
			return nodes, err
		},
		show: func(_ *testing.T, image, dir string, names []string) error {
			for _, name := range names {
				f, err := os.Create(filepath.Join(dir, name))
				if err != nil {
					return err
				}
				err = runTo(f, dir, "rdsquashfs", "-c", name, image)
				if err := errors.Join(err, f.Close()); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// haveXattrs says whether an image has a table of extended attributes, without
// which no file in it has any.
func haveXattrs(image string) (bool, error) {
	f, err := os.Open(image)
	if err != nil {
		return false, err
	}
	defer f.Close()
	var table [8]byte
	_, err = f.ReadAt(table[:], 56)
	return table != [8]byte(bytes.Repeat([]byte{0xff}, 8)), err
}

// Unpack has unsquashfs unpack an image into a folder.
func Unpack(t *testing.T, image string) (dir string) {
	t.Helper()
	return unsquashfs().Show(t, image)
}

// Cat has rdsquashfs write a file of an image to w.
func Cat(t *testing.T, w io.Writer, image, name string) {
	t.Helper()
	rdsquashfs().Need(t)
	if err := runTo(w, "", "rdsquashfs", "-c", name, image); err != nil {
		t.Fatal(err)
	}
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

func run(dir, program string, args ...string) error { return runTo(nil, dir, program, args...) }

// runTo fails also if a program says something is wrong, but not in its status.
func runTo(out io.Writer, dir, program string, args ...string) error {
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	var complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = out, &complaints
	err := cmd.Run()
	if err != nil || complaints.Len() > 0 {
		return fmt.Errorf("%s: %v: %s", program, err, complaints.String())
	}
	return nil
}
