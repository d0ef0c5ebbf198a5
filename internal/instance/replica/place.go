package replica

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// place is where an original or a copy is.
type place struct{ root, name string }

// parse reads ROOT:NAME; an empty ROOT is that given.
func parse(text, root string) (p place, ok bool) {
	p.root, p.name, ok = strings.Cut(text, ":")
	if p.root == "" {
		p.root = root
	}
	return p, ok && strings.HasPrefix(p.name, "/") && p.name == path.Clean(p.name)
}

func (p place) path() string   { return p.root + p.name }
func (p place) folder() string { return p.root + path.Dir(p.name) }

// ancestors are the folders on the way to the place, the uppermost first.
func (p place) ancestors() (names []string) {
	for name := path.Dir(p.name); name != "/"; name = path.Dir(name) {
		names = append([]string{name}, names...)
	}
	return names
}

// reached is an error if there is no way to the place. A link on the way would lead out of
// the root, or to what is mounted.
func (p place) reached() error {
	for _, name := range p.ancestors() {
		if err := folder(p.root + name); err != nil {
			return err
		}
	}
	return nil
}

func folder(name string) error {
	info, err := os.Lstat(name)
	switch {
	case err != nil:
		return err
	case info.Mode().Type() == fs.ModeSymlink:
		return fmt.Errorf("%s is a link: name where it leads", name)
	case !info.IsDir():
		return fmt.Errorf("%s is no folder", name)
	}
	return nil
}

// reach makes what is missing on the way, as it is on the way to the original.
func (p place) reach(original place) error {
	for _, name := range p.ancestors() {
		err := folder(p.root + name)
		if !errors.Is(err, fs.ErrNotExist) {
			if err != nil {
				return err
			}
			continue
		}
		if err := os.Mkdir(p.root+name, 0o700); err != nil {
			return err
		}
		s, err := look(original.root + name)
		if err != nil {
			return err
		}
		if err := attributes(s, original.root+name, p.root+name); err != nil {
			return err
		}
	}
	return nil
}

// below opens the root file system without all that is mounted in it, and returns its path.
func below() (string, error) {
	fd, err := unix.OpenTree(unix.AT_FDCWD, "/", unix.OPEN_TREE_CLONE)
	if err != nil {
		return "", fmt.Errorf("opening the root file system below what is mounted in it: %w", err)
	}
	return fmt.Sprintf("/proc/self/fd/%d", fd), nil
}
