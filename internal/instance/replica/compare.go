package replica

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// comparison compares one tree with its copy.
type comparison struct {
	links, copies map[inode]inode // files with several names, and their copies
}

// top compares a whole tree. In the root of a volume there may be what mkfs has made.
func (c *comparison) top(from, to string) error { return c.compare(from, to, true) }

func (c *comparison) compare(from, to string, top bool) error {
	a, err := look(from)
	if err != nil || kind(a) == unix.S_IFSOCK {
		return err
	}
	b, err := look(to)
	if err != nil {
		return fmt.Errorf("comparing the copy: %w", err)
	}
	if err := c.same(a, b); err != nil {
		return fmt.Errorf("comparing the copy %s: %w", to, err)
	}
	if err := sameXattrs(from, to); err != nil {
		return err
	}
	switch kind(a) {
	case unix.S_IFDIR:
		return c.folders(from, to, top)
	case unix.S_IFREG:
		return sameContent(from, to, a.Size)
	case unix.S_IFLNK:
		return sameTarget(from, to)
	}
	return nil
}

// same is an error if two files differ in what the kernel says of them.
func (c *comparison) same(a, b unix.Stat_t) error {
	switch {
	case a.Mode != b.Mode:
		return fmt.Errorf("its kind and permissions are %o, and were %o", b.Mode, a.Mode)
	case a.Uid != b.Uid || a.Gid != b.Gid:
		return fmt.Errorf("it belongs to %d:%d, and did to %d:%d", b.Uid, b.Gid, a.Uid, a.Gid)
	case a.Rdev != b.Rdev:
		return fmt.Errorf("it is another device")
	case a.Mtim != b.Mtim:
		return fmt.Errorf("it has changed at another time")
	}
	if kind(a) == unix.S_IFDIR {
		return nil
	}
	if a.Size != b.Size {
		return fmt.Errorf("it has %d bytes, and had %d", b.Size, a.Size)
	}
	was, known := c.links[inodeOf(a)]
	other, taken := c.copies[inodeOf(b)]
	if known != taken || known && (was != inodeOf(b) || other != inodeOf(a)) {
		return fmt.Errorf("it is not the file that the other name of the original is")
	}
	c.links[inodeOf(a)], c.copies[inodeOf(b)] = inodeOf(b), inodeOf(a)
	return nil
}

func (c *comparison) folders(from, to string, top bool) error {
	originals, err := names(from)
	if err != nil {
		return err
	}
	copies, err := names(to)
	if err != nil {
		return err
	}
	for _, name := range originals {
		if err := c.compare(from+"/"+name, to+"/"+name, false); err != nil {
			return err
		}
	}
	for _, name := range copies {
		if _, was := slices.BinarySearch(originals, name); !was && !(top && name == lostAndFound) {
			return fmt.Errorf("comparing the copy %s: there was no %s", to, name)
		}
	}
	return nil
}

func sameXattrs(from, to string) error {
	a, err := xattrs(from)
	if err != nil {
		return err
	}
	b, err := xattrs(to)
	if err != nil {
		return err
	}
	if !maps.Equal(a, b) {
		return fmt.Errorf("comparing the copy %s: its extended attributes are %q, and were %q", to, b, a)
	}
	return nil
}

func sameTarget(from, to string) error {
	a, err := os.Readlink(from)
	if err != nil {
		return err
	}
	b, err := os.Readlink(to)
	if err == nil && a != b {
		err = fmt.Errorf("comparing the copy %s: it leads to %q, and did to %q", to, b, a)
	}
	return err
}

func sameContent(from, to string, size int64) error {
	a, err := open(from, 0)
	if err != nil {
		return err
	}
	defer a.Close()
	b, err := open(to, 0)
	if err != nil {
		return err
	}
	defer b.Close()
	was, is := make([]byte, 256<<10), make([]byte, 256<<10)
	for at := int64(0); at < size; {
		// Where both have a hole, both have zeros.
		first, _, err := segment(a, at, size)
		if err != nil {
			return err
		}
		second, _, err := segment(b, at, size)
		if err != nil {
			return err
		}
		if at = min(first, second); at >= size {
			break
		}
		n, err := a.ReadAt(was, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		m, err := b.ReadAt(is, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if n == 0 || !bytes.Equal(was[:n], is[:m]) {
			return fmt.Errorf("comparing the copy %s: its content differs after %d bytes", to, at)
		}
		at += int64(n)
	}
	return nil
}
