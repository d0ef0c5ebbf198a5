package rootfs

import (
	"errors"
	"strings"
)

// Reserved names (OCI image specification, layer.md, "Whiteouts"). Only the last part of
// a name can be a whiteout: ".wh.x/file" is a file in a directory called ".wh.x", for
// dockerd, containerd and here.
const (
	whiteoutPrefix = ".wh."
	aufsPrefix     = ".wh..wh."     // aufs's own files at the root, which very old images have
	opaqueName     = ".wh..wh..opq" // hides everything that lower layers have in its directory
	aufsLinks      = ".wh..wh.plnk" // where aufs keeps the targets of hardlinks
)

// isAufs reports whether a name is of what aufs left behind.
func isAufs(parts []string) bool {
	return len(parts) > 0 && strings.HasPrefix(parts[0], aufsPrefix) && (len(parts) > 1 || parts[0] != opaqueName)
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
		l.own.attach(l.aufs, parts[1], l.own.pack(ino))
	}
	return nil
}

// whiteout hides names of the layers below. The entry may be of whatever kind: aufs makes
// whiteouts hardlinks.
func (l *applier) whiteout(parts []string) error {
	dir, last := parts[:len(parts)-1], parts[len(parts)-1]
	hidden := strings.TrimPrefix(last, whiteoutPrefix)
	if hidden == "" || hidden == "." || hidden == ".." {
		return errors.New("a whiteout that names nothing")
	}
	if err := l.implyDirs(dir); err != nil {
		return err
	}
	below := l.below
	n := below.nodeAt(dir)
	switch {
	case n == 0:
	case last == opaqueName:
		below.clear(n)
	default:
		if n = below.child(n, hidden); n != 0 {
			below.remove(n)
		}
	}
	return nil
}

// implyDirs makes the directories of a whiteout those of the layer, as they are in the
// folder that overlayfs has for it. What the layer has of these names itself stays: it
// hides what is below without any whiteout.
func (l *applier) implyDirs(parts []string) error {
	if err := checkPath(parts); err != nil {
		return err
	}
	n := l.own.root
	for _, part := range parts {
		next := l.own.child(n, part)
		switch {
		case next == 0:
			next = l.own.imply(n, part)
		case !l.own.isDir(next):
			return nil
		}
		n = next
	}
	return nil
}
