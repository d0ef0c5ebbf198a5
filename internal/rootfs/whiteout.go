package rootfs

import (
	"errors"
	"fmt"
	"strings"
)

// Reserved names (OCI image specification, layer.md, "Whiteouts").
const (
	whiteoutPrefix = ".wh."
	aufsPrefix     = ".wh..wh."     // aufs's own files, which very old images have
	opaqueName     = ".wh..wh..opq" // hides everything that lower layers have in its directory
	aufsLinks      = ".wh..wh.plnk" // where aufs keeps the targets of hardlinks
)

func isWhiteout(part string) bool { return strings.HasPrefix(part, whiteoutPrefix) }

// applyReserved applies an entry whose i-th component starts with ".wh.", of whatever
// kind it is: aufs makes whiteouts hardlinks.
func (l *applier) applyReserved(parts []string, i int, e Entry) error {
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

// keepAufsLink keeps the target of hardlinks into /.wh..wh.plnk. The names themselves,
// and everything else that aufs left behind, are dropped.
func (l *applier) keepAufsLink(parts []string, e Entry) error {
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

// hide removes what lower layers have at one name of a directory. It creates nothing: if
// there is no such directory, there is nothing to hide.
func (l *applier) hide(dir []string, name string) error {
	p, err := l.walkParts(dir, true)
	if err != nil {
		return err
	}
	p.descend(name)
	if n := p.node(); n != nil && !l.prune(n) {
		p.detach()
	}
	return nil
}

// hideAll removes everything that lower layers have in a directory.
func (l *applier) hideAll(dir []string) error {
	p, err := l.walkParts(dir, true)
	if err != nil {
		return err
	}
	if n := p.node(); n != nil {
		l.pruneChildren(n)
	}
	return nil
}

// prune removes everything of lower layers, and reports whether anything is left of n.
// A directory that stays only for its entries becomes a plain one.
func (l *applier) prune(n *node) bool {
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

// pruneChildren looks at the same names only once in a layer. Otherwise a layer with a
// million whiteouts in one directory would take for ever.
func (l *applier) pruneChildren(n *node) {
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
