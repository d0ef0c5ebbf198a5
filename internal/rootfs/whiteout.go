package rootfs

import (
	"bytes"
	"errors"
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
func isAufs(parts [][]byte) bool {
	return len(parts) > 0 && bytes.HasPrefix(parts[0], []byte(aufsPrefix)) && (len(parts) > 1 || string(parts[0]) != opaqueName)
}

// keepAufsLink keeps the target of hardlinks into /.wh..wh.plnk. The names themselves,
// and everything else that aufs left behind, are dropped.
func (l *applier) keepAufsLink(parts [][]byte, e *Entry) error {
	if len(parts) != 2 || string(parts[0]) != aufsLinks || e.Hardlink != "" {
		return nil
	}
	ino := &e.Inode
	if err := admit(ino); err != nil {
		return err
	}
	if ino.Kind != Dir {
		l.own.attach(l.aufs, parts[1], l.own.pack(ino))
	}
	return nil
}

// whiteout hides names of the layers below. The entry may be of whatever kind: aufs makes
// whiteouts hardlinks.
func (l *applier) whiteout(parts [][]byte) error {
	dir, last := parts[:len(parts)-1], parts[len(parts)-1]
	hidden := last[len(whiteoutPrefix):]
	switch string(hidden) {
	case "", ".", "..":
		return errors.New("a whiteout that names nothing")
	}
	l.implyDirs(dir)
	below := l.below
	n := below.nodeAt(dir)
	switch {
	case n == 0:
	case string(last) == opaqueName:
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
func (l *applier) implyDirs(parts [][]byte) {
	n := l.own.root
	for _, part := range parts {
		next := l.own.child(n, part)
		switch {
		case next == 0:
			next = l.own.imply(n, part)
		case !l.own.isDir(next):
			return
		}
		n = next
	}
}
