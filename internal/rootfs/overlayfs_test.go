package rootfs_test

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"lxdocker/internal/rootfs"
	"lxdocker/internal/testenv"
)

// randomStacks is how many stacks the kernel is asked about; `make scale` asks about
// 5,000.
const randomStacks = 200

// overlayfs is the independent oracle: every layer is unpacked into a folder of its own,
// as containerd does, and the kernel lays them over each other.
type overlayfs struct {
	dir     string   // a tmpfs
	folders []string // of the layers, the uppermost first
	mounts  int
}

func newOverlayfs(dir string) (*overlayfs, error) {
	o := &overlayfs{dir: dir, folders: []string{"empty1", "empty2"}} // overlayfs wants two or more
	return o, errors.Join(os.Mkdir(o.path("empty1"), 0o755), os.Mkdir(o.path("empty2"), 0o755))
}

func (o *overlayfs) path(name string) string { return filepath.Join(o.dir, name) }

// merged mounts what there is so far, until done.
func (o *overlayfs) merged(use func(root string) error) error {
	o.mounts++
	root := o.path(fmt.Sprintf("merged%d", o.mounts))
	if err := os.Mkdir(root, 0o755); err != nil {
		return err
	}
	var lower []string
	for _, name := range o.folders {
		lower = append(lower, o.path(name))
	}
	if err := syscall.Mount("overlay", root, "overlay", syscall.MS_RDONLY, "lowerdir="+strings.Join(lower, ":")); err != nil {
		return fmt.Errorf("mounting overlayfs: %w", err)
	}
	err := use(root)
	if unmounted := syscall.Unmount(root, 0); err == nil {
		err = unmounted
	}
	return err
}

// add unpacks a layer, and returns what of it can be unpacked.
func (o *overlayfs) add(l layer) (taken layer, err error) {
	name := fmt.Sprintf("layer%d", len(o.folders))
	if err := os.Mkdir(o.path(name), 0o755); err != nil {
		return nil, err
	}
	err = o.merged(func(below string) error {
		f := &folder{root: o.path(name), below: below, hidden: make(map[string]bool), times: make(map[string]int64)}
		taken, err = f.unpack(l)
		return err
	})
	o.folders = append([]string{name}, o.folders...)
	return taken, err
}

// list writes the merged folders as listAll writes a tree.
func (o *overlayfs) list() (lines []string, err error) {
	first := make(map[uint64]string)
	err = o.merged(func(root string) error {
		return filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			name, _ := filepath.Rel(root, path)
			if err != nil || name == "." {
				return err
			}
			ino, number, err := inodeOf(path)
			if errors.Is(err, fs.ErrNotExist) {
				return nil // a whiteout in a directory that one layer alone has: it is listed, and cannot be found
			}
			if err != nil {
				return err
			}
			if other, ok := first[number]; ok {
				lines = append(lines, fmt.Sprintf("h %s == %s", name, other))
				return nil
			}
			first[number] = name
			lines = append(lines, lineOf(name, ino)+attributes(ino))
			return nil
		})
	})
	return lines, err
}

func inodeOf(path string) (*rootfs.Inode, uint64, error) {
	var st syscall.Stat_t
	if err := syscall.Lstat(path, &st); err != nil {
		return nil, 0, err
	}
	ino := &rootfs.Inode{Mode: st.Mode & 0o7777, UID: st.Uid, GID: st.Gid, ModTime: int64(st.Mtim.Sec), Xattrs: xattrsOf(path)}
	var err error
	switch st.Mode & syscall.S_IFMT {
	case syscall.S_IFDIR:
		ino.Kind = rootfs.Dir
	case syscall.S_IFLNK:
		ino.Kind = rootfs.Symlink
		ino.Target, err = os.Readlink(path)
	case syscall.S_IFIFO:
		ino.Kind = rootfs.FIFO
	default:
		var content []byte
		content, err = os.ReadFile(path)
		ino.Kind, ino.Content = rootfs.File, rootfs.Bytes(content)
	}
	return ino, st.Ino, err
}

// kernelStacks draws stacks whose hardlinks have their targets in their own layer, and no
// name of which is in /dev.
func kernelStacks(t *rapid.T) []layer {
	kinds := rapid.SampledFrom([]string{"ddfffhlpwwoo", "ddfllllwwoo", "dfffwwwooo"}).Draw(t, "kinds")
	stack := genStack(kinds).Draw(t, "stack")
	for i := range stack {
		stack[i] = slices.DeleteFunc(stack[i], func(e rootfs.Entry) bool {
			return strings.Contains(e.Name+e.Hardlink, "dev")
		})
		for n := range stack[i] {
			drawAttributes(t, &stack[i][n].Inode)
		}
	}
	return stack
}

func TestRandomStacksAreAsTheKernelMergesThem(t *testing.T) {
	testenv.NeedsRoot(t)
	defer syscall.Umask(syscall.Umask(0))
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		defer f.Value.Set(f.DefValue)
		if err := f.Value.Set(fmt.Sprint(randomStacks)); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=755"); err != nil {
			t.Fatalf("mounting a tmpfs: %v", err)
		}
		defer syscall.Unmount(dir, syscall.MNT_DETACH)
		o, err := newOverlayfs(dir)
		if err != nil {
			t.Fatal(err)
		}
		var taken []layer
		for _, l := range kernelStacks(t) {
			some, err := o.add(l)
			if err != nil {
				t.Fatal(err)
			}
			taken = append(taken, some)
		}
		want, err := o.list()
		if err != nil {
			t.Fatal(err)
		}
		tree, err := build(taken...)
		if err != nil {
			t.Fatal(err)
		}
		if got := listAll(tree); !slices.Equal(got, want) {
			t.Fatalf("%v\ntree:\n\t%s\nkernel:\n\t%s", taken, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
		}
	})
}
