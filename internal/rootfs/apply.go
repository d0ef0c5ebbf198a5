package rootfs

import (
	"errors"
	"fmt"
	"iter"
	"slices"
)

// Apply puts one layer on top of the tree, with Docker's semantics. After an
// error the tree is of no use.
//
// Entries act in their order, so the last of several with one name wins, and a
// later one sees the symbolic links that an earlier one made. Only whiteouts
// are different from dockerd, and as the OCI image specification has it: they
// hide what lower layers brought, never what their own layer brings, wherever
// in the layer they stand (T1). They make nothing, not even their parents.
//
//   - Symbolic links in the parents of a name are followed inside the root (T9).
//   - A directory replaces a symbolic link of the same name, as in dockerd; it
//     is not unpacked through it (T7).
//   - Whatever is in the way of a parent directory makes room for it (T8).
//   - Parents that nobody described are 0755, owned by root, of the Epoch.
//   - A hardlink may come before its target in the same layer (T5).
//   - What a layer has in /dev is dropped: the container's own /dev is mounted
//     over it, and device nodes cannot be unpacked without privileges (T22).
func (t *Tree) Apply(layer iter.Seq2[Entry, error]) error {
	t.layer++
	l := &layering{Tree: t, forward: make(map[*node]*forwardLink), aufs: make(map[string]*Inode)}
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

// layering is what must be remembered while one layer is applied.
type layering struct {
	*Tree
	forward map[*node]*forwardLink
	order   []*node // the keys of forward, as they came
	aufs    map[string]*Inode
}

func (l *layering) apply(e Entry) error {
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

// clearDev leaves nothing in /dev and makes sure that it is a directory if it
// is there (T22). It runs after the layer, so that a file elsewhere that is a
// hardlink to one in /dev is not lost.
func (l *layering) clearDev() {
	dev := l.root.children["dev"]
	switch {
	case dev == nil:
	case dev.isDir():
		dev.children = nil
	default:
		l.root.attach("dev", l.newNode(plainDir()))
	}
}
