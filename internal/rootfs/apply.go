package rootfs

import (
	"errors"
	"fmt"
	"iter"
	"slices"
)

// Apply puts one layer on top of the tree, with Docker's semantics. After an error the
// tree is useless.
//
// Entries take effect in order: the last of several with one name wins, and later
// entries see the symbolic links of earlier ones. Only whiteouts work unlike dockerd's,
// as the OCI image specification has it: they hide names of lower layers, never of
// their own layer, wherever in the layer they are (T1). They create nothing, not even
// their parents.
//
//   - Symbolic links in the parents of a name are followed inside the root (T9).
//   - A directory replaces a symbolic link of the same name, as in dockerd; it
//     is not unpacked through it (T7).
//   - Anything that is in the way of a parent directory is replaced by it (T8).
//   - Parents without an entry are 0755, owned by root, with the time Epoch.
//   - A hardlink may come before its target in the same layer (T5).
//   - Everything in /dev is dropped: the container's own /dev is mounted over it,
//     and device nodes cannot be unpacked without privileges (T22).
func (t *Tree) Apply(layer iter.Seq2[Entry, error]) error {
	t.layer++
	l := &applier{Tree: t, forward: make(map[*node]*forwardLink), aufs: make(map[string]*Inode)}
	for e, err := range layer {
		if err != nil {
			return fmt.Errorf("reading the layer's entries: %w", err)
		}
		if err := l.apply(e); err != nil {
			return fmt.Errorf("applying entry %q: %w", e.Name, err)
		}
	}
	if err := l.resolveForward(); err != nil {
		return err
	}
	l.clearDev()
	return nil
}

// applier applies one layer.
type applier struct {
	*Tree
	forward map[*node]*forwardLink
	order   []*node // the keys of forward, in the order of the layer
	aufs    map[string]*Inode
}

func (l *applier) apply(e Entry) error {
	parts, err := cleanEntryName(e.Name)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(parts, isWhiteout); i >= 0 {
		return l.applyReserved(parts, i, e)
	}
	p, err := l.walkParts(parts, false)
	if err != nil {
		return err
	}
	if e.Hardlink != "" {
		return l.link(p, e.Hardlink)
	}
	ino, err := admit(e.Inode)
	if err != nil {
		return err
	}
	ino.Layer = l.layer
	return l.put(p, ino, replaceObstacles)
}

// cleanEntryName cuts an entry's name into its components. "./a", "/a" and
// "a/" are one name; a name with ".." may mean harm and means nothing good (T9).
func cleanEntryName(name string) ([]string, error) {
	parts := split(name)
	if slices.Contains(parts, "..") {
		return nil, errors.New(`a name with ".." in it is not allowed`)
	}
	return parts, nil
}

// clearDev empties /dev, and makes it a directory if it is there (T22). It runs after
// the layer, so that hardlinks elsewhere to a file in /dev are not lost.
func (l *applier) clearDev() {
	dev := l.root.children["dev"]
	switch {
	case dev == nil:
	case dev.isDir():
		dev.children = nil
	default:
		l.root.attach("dev", l.newNode(plainDir()))
	}
}
