package oracle_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"lxdocker/internal/rootfs"
)

// object is one name of a file system, in a form that can be compared.
type object struct {
	text  string // everything but the time
	mtime int64
	inode any // the same for all names of a hardlinked file
}

// snapshot is a file system without its root, by names like "etc/passwd".
type snapshot map[string]object

// groups adds to each name the first name of the same inode.
func (s snapshot) groups() {
	first := make(map[any]string)
	for _, name := range slices.Sorted(maps.Keys(s)) {
		o := s[name]
		if _, ok := first[o.inode]; !ok {
			first[o.inode] = name
		}
		o.text += fmt.Sprintf(" inode of %q", first[o.inode])
		s[name] = o
	}
}

func describe(kind rootfs.Kind, mode, uid, gid, major, minor uint32, target string, xattrs map[string]string, content string) string {
	text := fmt.Sprintf("%c %o %d:%d", " dflcbp"[kind], mode, uid, gid)
	switch kind {
	case rootfs.CharDevice, rootfs.BlockDevice:
		text += fmt.Sprintf(" %d,%d", major, minor)
	case rootfs.Symlink:
		text += fmt.Sprintf(" -> %q", target)
	case rootfs.File:
		text += fmt.Sprintf(" = %d bytes %s", len(content), digestOf([]byte(content))[:15])
	}
	for _, name := range slices.Sorted(maps.Keys(xattrs)) {
		if name == "security.capability" || strings.HasPrefix(name, "user.") {
			text += fmt.Sprintf(" %s=%q", name, xattrs[name])
		}
	}
	return text
}

// ofTree is the snapshot of our tree.
func ofTree(tree *rootfs.Tree) (snapshot, error) {
	s := make(snapshot)
	for name, ino := range tree.All() {
		if name == "." {
			continue
		}
		var content []byte
		if ino.Content != nil {
			var err error
			if content, err = io.ReadAll(ino.Content.Open()); err != nil {
				return nil, err
			}
		}
		s[name] = object{
			text:  describe(ino.Kind, ino.Mode, ino.UID, ino.GID, ino.Major, ino.Minor, ino.Target, ino.Xattrs, string(content)),
			mtime: ino.ModTime, inode: ino.Number,
		}
	}
	s.groups()
	return s, nil
}

// ofFolder is the snapshot of what another program unpacked.
func ofFolder(dir string) (snapshot, error) {
	s := make(snapshot)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		o, err := ofFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // overlayfs lists a whiteout where it merges nothing, but does not find it
		}
		s[name] = o
		return err
	})
	if err != nil {
		return nil, err
	}
	s.groups()
	return s, nil
}

func ofFile(path string) (object, error) {
	var st syscall.Stat_t
	if err := syscall.Lstat(path, &st); err != nil {
		return object{}, err
	}
	var kind rootfs.Kind
	var target string
	var content []byte
	var err error
	switch st.Mode & syscall.S_IFMT {
	case syscall.S_IFDIR:
		kind = rootfs.Dir
	case syscall.S_IFREG:
		kind = rootfs.File
		content, err = os.ReadFile(path)
	case syscall.S_IFLNK:
		kind = rootfs.Symlink
		target, err = os.Readlink(path)
	case syscall.S_IFCHR:
		kind = rootfs.CharDevice
	case syscall.S_IFBLK:
		kind = rootfs.BlockDevice
	case syscall.S_IFIFO:
		kind = rootfs.FIFO
	default:
		err = fmt.Errorf("%s is of a kind that no layer has", path)
	}
	if err != nil {
		return object{}, err
	}
	xattrs, err := xattrsOf(path)
	if err != nil {
		return object{}, err
	}
	return object{
		text:  describe(kind, st.Mode&0o7777, st.Uid, st.Gid, unix.Major(st.Rdev), unix.Minor(st.Rdev), target, xattrs, string(content)),
		mtime: max(st.Mtim.Sec, 0), inode: st.Ino,
	}, nil
}

func xattrsOf(path string) (map[string]string, error) {
	buf := make([]byte, 64<<10)
	n, err := unix.Llistxattr(path, buf)
	if err != nil {
		return nil, fmt.Errorf("listing the extended attributes of %s: %w", path, err)
	}
	xattrs := make(map[string]string)
	for name := range strings.SplitSeq(strings.TrimSuffix(string(buf[:n]), "\x00"), "\x00") {
		if name == "" {
			continue
		}
		value := make([]byte, 64<<10)
		n, err := unix.Lgetxattr(path, name, value)
		if err != nil {
			return nil, fmt.Errorf("reading %s of %s: %w", name, path, err)
		}
		xattrs[name] = string(value[:n])
	}
	return xattrs, nil
}

// differences lists what differs. Times from started on are the oracle's own, and do not
// count.
func differences(ours, oracle snapshot, started int64) []string {
	var lines []string
	names := maps.Clone(ours)
	maps.Copy(names, oracle)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		a, here := ours[name]
		b, there := oracle[name]
		switch {
		case !here:
			lines = append(lines, fmt.Sprintf("%q is missing: %s", name, b.text))
		case !there:
			lines = append(lines, fmt.Sprintf("%q is too much: %s", name, a.text))
		case a.text != b.text:
			lines = append(lines, fmt.Sprintf("%q is    %s\n\tshould be %s", name, a.text, b.text))
		case a.mtime != b.mtime && b.mtime < started:
			lines = append(lines, fmt.Sprintf("%q is of %d, should be of %d", name, a.mtime, b.mtime))
		}
	}
	return lines
}
