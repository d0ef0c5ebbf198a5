package squashfs

import (
	"fmt"

	"lxdocker/internal/rootfs"
)

// survey is what must be known of a tree before anything can be placed. Maps are
// only of what is rare: trees of half a million names are not.
type survey struct {
	inodes uint32
	links  map[*rootfs.Inode]uint32 // the number of names, of those that are no directories and have several
	files  []*rootfs.Inode          // those with a content that is not empty, as they come in the tree
}

func surveyOf(t *rootfs.Tree) *survey {
	s := &survey{links: make(map[*rootfs.Inode]uint32)}
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

// naming adds to an error which file it is about: the first name of an inode.
func naming(t *rootfs.Tree, ino *rootfs.Inode, err error) error {
	for name, other := range t.All() {
		if other == ino {
			return fmt.Errorf("%q: %w", name, err)
		}
	}
	return err
}
