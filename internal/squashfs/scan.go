package squashfs

import (
	"fmt"

	"lxdocker/internal/rootfs"
)

// scan is what must be known of a tree before anything can be placed. Only what is
// rare is kept in maps, because a tree may have half a million names.
type scan struct {
	inodes uint32
	links  map[*rootfs.Inode]uint32 // how many names an inode has, unless it is one, or a directory
	files  []*rootfs.Inode          // those that are not empty, in the order of the tree
}

func scanTree(t *rootfs.Tree) *scan {
	s := &scan{links: make(map[*rootfs.Inode]uint32)}
	seen := make(map[*rootfs.Inode]struct{})
	for _, ino := range t.All() {
		if ino.Kind == rootfs.Dir {
			s.inodes++
			continue
		}
		if _, ok := seen[ino]; ok {
			s.links[ino] = max(s.links[ino], 1) + 1
			continue
		}
		seen[ino] = struct{}{}
		s.inodes++
		if hasContent(ino) {
			s.files = append(s.files, ino)
		}
	}
	return s
}

func hasContent(ino *rootfs.Inode) bool {
	return ino.Kind == rootfs.File && ino.Content != nil && ino.Content.Size() > 0
}

// withName adds to an error which file it is about: the first name of the inode.
func withName(t *rootfs.Tree, ino *rootfs.Inode, err error) error {
	for name, other := range t.All() {
		if other == ino {
			return fmt.Errorf("%q: %w", name, err)
		}
	}
	return err
}
