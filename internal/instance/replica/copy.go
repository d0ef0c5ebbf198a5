package replica

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// copier copies one tree.
type copier struct {
	links map[inode]string // the first copy of a file that has several names
	sum   Sum
}

// inode is a file, whatever its names are.
type inode struct{ dev, ino uint64 }

func inodeOf(s unix.Stat_t) inode { return inode{uint64(s.Dev), s.Ino} }

func kind(s unix.Stat_t) uint32 { return s.Mode & unix.S_IFMT }

func look(name string) (s unix.Stat_t, err error) {
	if err := unix.Lstat(name, &s); err != nil {
		return s, &fs.PathError{Op: "lstat", Path: name, Err: err}
	}
	return s, nil
}

// lostAndFound is what mkfs makes in a file system.
const lostAndFound = "lost+found"

// replace puts a copy in the place of what is there. A folder stays and is emptied: it may be
// the root of a volume.
func (c *copier) replace(from, to string) error {
	original, err := look(from)
	if err != nil {
		return err
	}
	there, err := look(to)
	if errors.Is(err, fs.ErrNotExist) {
		return c.copy(from, to)
	}
	if err != nil {
		return err
	}
	if kind(original) != unix.S_IFDIR || kind(there) != unix.S_IFDIR {
		if err := os.RemoveAll(to); err != nil {
			return err
		}
		return c.copy(from, to)
	}
	inside, err := names(to)
	if err != nil {
		return err
	}
	for _, name := range inside {
		if name == lostAndFound {
			continue
		}
		if err := os.RemoveAll(to + "/" + name); err != nil {
			return err
		}
	}
	if err := removeXattrs(to); err != nil { // what is made in it inherits some
		return err
	}
	return c.copy(from, to)
}

// copy makes a copy where there is none.
func (c *copier) copy(from, to string) error {
	s, err := look(from)
	if err != nil || kind(s) == unix.S_IFSOCK {
		return err
	}
	several := kind(s) != unix.S_IFDIR && s.Nlink > 1
	if first := c.links[inodeOf(s)]; several && first != "" {
		return os.Link(first, to)
	}
	if err := c.make(s, from, to); err != nil {
		return err
	}
	if several {
		c.links[inodeOf(s)] = to
	}
	c.sum.Files++
	return attributes(s, from, to)
}

// make makes a copy without its attributes.
func (c *copier) make(s unix.Stat_t, from, to string) error {
	switch kind(s) {
	case unix.S_IFDIR:
		return c.folder(from, to)
	case unix.S_IFREG:
		c.sum.Bytes += s.Size
		return content(from, to, s.Size)
	case unix.S_IFLNK:
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(target, to)
	}
	if err := unix.Mknod(to, kind(s)|0o600, int(s.Rdev)); err != nil {
		return fmt.Errorf("making the device or pipe %s: %w", to, err)
	}
	return nil
}

func (c *copier) folder(from, to string) error {
	if err := os.Mkdir(to, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	inside, err := names(from)
	if err != nil {
		return err
	}
	for _, name := range inside {
		if err := c.copy(from+"/"+name, to+"/"+name); err != nil {
			return err
		}
	}
	return nil
}

// names lists what is in a folder.
func names(name string) ([]string, error) {
	f, err := open(name, unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	inside, err := f.Readdirnames(-1)
	slices.Sort(inside)
	return inside, err
}

// open opens a file or folder, and leaves the time of the last access. That is permitted for
// files of users that there are: those of others would get another owner.
func open(name string, flags int) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NOATIME|flags, 0)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("%w: does it belong to a user whom the instance does not have?", err)
	}
	return f, err
}
