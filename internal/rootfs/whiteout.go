package rootfs

import (
	"errors"
	"fmt"
	"strings"
)

// Names that mean something (OCI image specification, layer.md, "Whiteouts").
const (
	whiteoutPrefix = ".wh."
	aufsPrefix     = ".wh..wh."     // aufs's own files, which very old images carry
	opaqueName     = ".wh..wh..opq" // hides everything that lower layers have in its directory
	aufsLinks      = ".wh..wh.plnk" // where aufs keeps what its hardlinks point to
)

func isWhiteout(part string) bool { return strings.HasPrefix(part, whiteoutPrefix) }

// applyReserved applies an entry whose i-th component starts with ".wh.". What
// kind of entry it is does not matter: aufs ships whiteouts as hardlinks.
func (l *layering) applyReserved(parts []string, i int, e Entry) error {
	reserved := parts[i]
	dir := parts[:i]
	switch {
	case reserved == opaqueName && i == len(parts)-1:
		return l.hideAll(dir)
	case strings.HasPrefix(reserved, aufsPrefix):
		return l.keepAufsLink(parts, e)
	case i < len(parts)-1:
		return fmt.Errorf("%q is a whiteout and cannot be a directory", reserved)
	}
	hidden := strings.TrimPrefix(reserved, whiteoutPrefix)
	if hidden == "" || hidden == "." || hidden == ".." {
		return errors.New("a whiteout that names nothing")
	}
	return l.hide(dir, hidden)
}

// keepAufsLink remembers what a hardlink into /.wh..wh.plnk will ask for. The
// names themselves, and everything else that aufs left behind, are dropped.
func (l *layering) keepAufsLink(parts []string, e Entry) error {
	if len(parts) != 2 || parts[0] != aufsLinks || e.Hardlink != "" {
		return nil
	}
	ino, err := admit(e.Inode)
	if err != nil {
		return err
	}
	if ino.Kind != Dir {
		l.aufs[parts[1]] = ino
	}
	return nil
}

// hide removes what lower layers have under one name of a directory. It makes
// nothing: if the directory is not there, nothing in it can be hidden.
func (l *layering) hide(dir []string, name string) error {
	p, err := l.walkParts(dir, true)
	if err != nil {
		return err
	}
	p.step(name)
	if n := p.node(); n != nil && !l.prune(n) {
		p.detach()
	}
	return nil
}

// hideAll removes what lower layers have in a directory.
func (l *layering) hideAll(dir []string) error {
	p, err := l.walkParts(dir, true)
	if err != nil {
		return err
	}
	if n := p.node(); n != nil {
		l.pruneChildren(n)
	}
	return nil
}

// prune takes away what is not of this layer and says if anything is left of n.
// A directory that only stays for what is in it becomes a plain one.
func (l *layering) prune(n *node) bool {
	l.pruneChildren(n)
	if n.layer == l.layer {
		return true
	}
	if len(n.children) == 0 {
		return false
	}
	n.inode, n.layer = plainDir(), l.layer
	return true
}

// pruneChildren does not look twice at the same names in one layer: a layer with
// a million whiteouts of one directory would otherwise take for ever.
func (l *layering) pruneChildren(n *node) {
	if n.cleared == l.layer {
		return
	}
	n.cleared = l.layer
	for name, child := range n.children {
		if !l.prune(child) {
			delete(n.children, name)
		}
	}
}
