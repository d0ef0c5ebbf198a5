package rootfs_test

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"lxdocker/internal/rootfs"
)

// folder is where one layer is unpacked for overlayfs. Whiteouts are character devices
// 0:0, and directories that hide everything below have an attribute
// (Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories").
type folder struct {
	root   string
	below  string          // what the layers below are together
	hidden map[string]bool // by the layer's whiteouts; "d/*": all in d
	times  map[string]int64
}

const opaqueXattr = "trusted.overlay.opaque"

// errLeftOut is of an entry that cannot be unpacked so.
var errLeftOut = errors.New("left out")

func (f *folder) at(name string) string { return filepath.Join(f.root, name) }

// unpack unpacks the entries, and then puts the whiteouts where the layer has nothing of
// its own. It returns what was unpacked.
func (f *folder) unpack(l layer) (taken layer, err error) {
	var whiteouts []string
	for _, e := range l {
		if dir, base := path.Split(e.Name); strings.HasPrefix(base, ".wh.") {
			name := dir + strings.TrimPrefix(base, ".wh.")
			if base == ".wh..wh..opq" {
				name = dir + "*"
			}
			whiteouts = append(whiteouts, name)
			f.hidden[name] = true
		}
	}
	for _, e := range l {
		if strings.HasPrefix(path.Base(e.Name), ".wh.") {
			err = f.mkdirs(path.Dir(e.Name), false)
		} else if err = f.entry(e); errors.Is(err, errLeftOut) {
			continue
		}
		if err != nil {
			return nil, err
		}
		taken = append(taken, e)
	}
	for _, name := range whiteouts {
		if err := f.whiteout(name); err != nil {
			return nil, err
		}
	}
	for name, seconds := range f.times { // of directories, in which nothing is made any more
		if st, err := os.Lstat(f.at(name)); err != nil || !st.IsDir() || f.behindOther(name) {
			continue
		}
		if err := setTime(f.at(name), seconds); err != nil {
			return nil, err
		}
	}
	return taken, nil
}

func (f *folder) entry(e rootfs.Entry) error {
	name, err := f.real(e.Name, 0)
	if err != nil || name == "." {
		return errLeftOut
	}
	made := f.at("made") // and moved then: a hardlink may be to what it replaces
	ino := e.Inode
	switch {
	case e.Hardlink != "":
		target, err := f.real(e.Hardlink, 0)
		if err != nil {
			return errLeftOut
		}
		if st, err := os.Lstat(f.at(target)); err != nil || st.IsDir() {
			return errLeftOut
		}
		err = os.Link(f.at(target), made)
		if err != nil {
			return err
		}
	case ino.Kind == rootfs.Dir:
		if err := f.mkdirs(name, true); err != nil {
			return err
		}
		f.times[name] = ino.ModTime
		return describe(f.at(name), &ino)
	case ino.Kind == rootfs.Symlink:
		err = os.Symlink(ino.Target, made)
	case ino.Kind == rootfs.FIFO:
		err = syscall.Mkfifo(made, ino.Mode)
	default:
		err = os.WriteFile(made, []byte(content(&ino)), 0o600)
	}
	if err != nil {
		return err
	}
	if e.Hardlink == "" {
		if err := errors.Join(describe(made, &ino), setTime(made, ino.ModTime)); err != nil {
			return err
		}
	}
	if err := f.mkdirs(path.Dir(name), true); err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(f.at(name)), os.Rename(made, f.at(name)))
}

// real follows links inside the folder, but not that of the last component.
func (f *folder) real(name string, links int) (string, error) {
	at, parts := ".", strings.Split(name, "/")
	for i, part := range parts {
		at = path.Join("/", at, part)[1:]
		if at == "" {
			at = "."
		}
		target, err := os.Readlink(f.at(at))
		if err != nil || i == len(parts)-1 {
			continue
		}
		if links > 40 {
			return "", errLeftOut
		}
		if !path.IsAbs(target) {
			target = path.Dir(at) + "/" + target
		}
		return f.real(strings.TrimLeft(target, "/")+"/"+strings.Join(parts[i+1:], "/"), links+1)
	}
	return at, nil
}

// mkdirs makes directories. One that lower layers have keeps what they say of it. What is
// in the way is replaced, or ends it.
func (f *folder) mkdirs(name string, replace bool) error {
	if name == "." {
		return nil
	}
	if err := f.mkdirs(path.Dir(name), replace); err != nil {
		return err
	}
	if !replace && f.behindOther(name) {
		return nil
	}
	st, err := os.Lstat(f.at(name))
	switch {
	case err == nil && (st.IsDir() || !replace):
		return nil
	case err == nil:
		if err := os.Remove(f.at(name)); err != nil {
			return err
		}
	}
	ino := &rootfs.Inode{Kind: rootfs.Dir, Mode: 0o755, ModTime: rootfs.Epoch}
	if below, _, err := inodeOf(filepath.Join(f.below, name)); err == nil && below.Kind == rootfs.Dir && f.visible(name) {
		ino = below
	}
	f.times[name] = ino.ModTime
	return errors.Join(os.Mkdir(f.at(name), 0o700), describe(f.at(name), ino))
}

// visible reports whether a directory of lower layers is one: not behind a link, and
// hidden by no whiteout.
func (f *folder) visible(name string) bool {
	for ; name != "."; name = path.Dir(name) {
		st, err := os.Lstat(filepath.Join(f.below, name))
		if err != nil || !st.IsDir() || f.hidden[name] || f.hidden[strings.TrimPrefix(path.Dir(name)+"/*", "./")] {
			return false
		}
	}
	return true
}

// whiteout hides a name, or all in a directory, unless something of the layer's own is in
// the way, which hides what is below by itself.
func (f *folder) whiteout(name string) error {
	dir := path.Dir(name)
	for i := range len(dir + "/") {
		if i < len(dir) && dir[i] != '/' || dir == "." {
			continue
		}
		if here, err := f.copyUp(dir[:i]); !here || err != nil {
			return err
		}
	}
	if path.Base(name) == "*" {
		return syscall.Setxattr(f.at(dir), opaqueXattr, []byte("y"), 0)
	}
	st, err := os.Lstat(f.at(name))
	switch {
	case err == nil && st.IsDir():
		return syscall.Setxattr(f.at(name), opaqueXattr, []byte("y"), 0)
	case err == nil:
		return nil
	}
	return syscall.Mknod(f.at(name), syscall.S_IFCHR, 0)
}

// copyUp makes a directory of the layer of one that is below, if the layer has nothing of
// the name, and reports whether it has the directory now.
func (f *folder) copyUp(dir string) (here bool, err error) {
	if st, err := os.Lstat(f.at(dir)); err == nil {
		return st.IsDir(), nil
	}
	if !f.visible(dir) {
		return false, nil
	}
	return true, f.mkdirs(dir, false)
}

// behindOther reports whether a parent of a name is something else than a directory.
func (f *folder) behindOther(name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if st, err := os.Lstat(f.at(dir)); err != nil || !st.IsDir() {
			return true
		}
	}
	return false
}
