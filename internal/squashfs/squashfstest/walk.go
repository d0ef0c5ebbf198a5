package squashfstest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"lxdocker/internal/rootfs"
)

// walker lists what is below a folder. It goes from directory to directory, as
// paths from the root of an image may be as long as the kernel allows.
type walker struct {
	nodes map[string]Node
	first map[[2]uint64]string // of inodes with several names
	list  []byte               // of names of extended attributes
	value []byte               // of one
	bytes []byte               // of files
}

// OfFolder is what is in a folder. Directories have as many links as its file
// system counts.
func OfFolder(dir string) (map[string]Node, error) { return walk(dir) }

func walk(dir string) (map[string]Node, error) {
	root, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	w := &walker{nodes: make(map[string]Node), first: make(map[[2]uint64]string), list: make([]byte, 64<<10), value: make([]byte, 64<<10), bytes: make([]byte, 1<<20)}
	if err := w.node(root, ".", "."); err != nil {
		return nil, err
	}
	if err := w.below(root, ""); err != nil {
		return nil, err
	}
	for name, n := range w.nodes {
		if n.First != "" {
			n.First = w.first[[2]uint64{n.device, n.inode}]
		}
		n.device, n.inode = 0, 0
		w.nodes[name] = n
	}
	return w.nodes, nil
}

func (w *walker) below(dir *os.File, prefix string) error {
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return fmt.Errorf("listing %q: %w", prefix, err)
	}
	for _, name := range names {
		if err := w.node(dir, name, prefix+name); err != nil {
			return fmt.Errorf("%q: %w", prefix+name, err)
		}
		if w.nodes[prefix+name].Kind != rootfs.Dir {
			continue
		}
		fd, err := unix.Openat(int(dir.Fd()), name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("opening %q: %w", prefix+name, err)
		}
		sub := os.NewFile(uintptr(fd), name)
		err = w.below(sub, prefix+name+"/")
		_ = sub.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

var kinds = map[uint32]rootfs.Kind{
	unix.S_IFDIR: rootfs.Dir, unix.S_IFREG: rootfs.File, unix.S_IFLNK: rootfs.Symlink, unix.S_IFCHR: rootfs.CharDevice,
	unix.S_IFBLK: rootfs.BlockDevice, unix.S_IFIFO: rootfs.FIFO,
}

func (w *walker) node(dir *os.File, name, path string) error {
	var st unix.Stat_t
	if err := unix.Fstatat(int(dir.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return err
	}
	n := Node{
		Kind: kinds[st.Mode&unix.S_IFMT], Mode: st.Mode & 0o7777, UID: st.Uid, GID: st.Gid,
		ModTime: int64(st.Mtim.Sec), Links: uint32(st.Nlink),
	}
	here := fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), name)
	var err error
	switch n.Kind {
	case rootfs.CharDevice, rootfs.BlockDevice:
		n.Major, n.Minor = unix.Major(uint64(st.Rdev)), unix.Minor(uint64(st.Rdev))
	case rootfs.Symlink:
		n.Target, err = readlink(int(dir.Fd()), name)
	case rootfs.File:
		n.Size = st.Size
		n.Sum, err = w.sum(here, st.Size)
	}
	if err != nil {
		return err
	}
	if n.Xattrs, err = w.xattrs(here); err != nil {
		return fmt.Errorf("reading extended attributes: %w", err)
	}
	if st.Nlink > 1 && n.Kind != rootfs.Dir {
		n.device, n.inode, n.First = uint64(st.Dev), st.Ino, path
		id := [2]uint64{n.device, n.inode}
		if known, ok := w.first[id]; !ok || path < known {
			w.first[id] = path
		}
	}
	w.nodes[path] = n
	return nil
}

func readlink(dir int, name string) (string, error) {
	b := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(dir, name, b)
	return string(b[:max(n, 0)]), err
}

func (w *walker) sum(path string, size int64) (sum [sha256.Size]byte, err error) {
	if size == 0 {
		return sha256.Sum256(nil), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.CopyBuffer(struct{ io.Writer }{h}, struct{ io.Reader }{f}, w.bytes)
	h.Sum(sum[:0])
	return sum, err
}

func (w *walker) xattrs(path string) (map[string]string, error) {
	n, err := unix.Llistxattr(path, w.list)
	if errors.Is(err, unix.EOPNOTSUPP) {
		return nil, nil // what the kernel says of an image that has none at all
	}
	if err != nil || n == 0 {
		return nil, err
	}
	values := make(map[string]string)
	for _, name := range bytes.Split(w.list[:n-1], []byte{0}) {
		if strings.HasPrefix(string(name), "system.") {
			continue
		}
		n, err := unix.Lgetxattr(path, string(name), w.value)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", name, err)
		}
		values[string(name)] = string(w.value[:n])
	}
	return values, nil
}
