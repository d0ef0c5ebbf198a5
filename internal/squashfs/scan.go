package squashfs

import (
	"context"
	"fmt"

	"lxdocker/internal/rootfs"
)

// scan is what must be known of a tree before anything can be placed. Only what is
// rare is kept in maps, because a tree may have half a million names.
type scan struct {
	inodes uint32
	links  []uint32 // how many names an inode has, by its number
	files  []file   // those that are not empty, in the order of the tree
}

// file is one that is not empty.
type file struct {
	rootfs.Content
	number uint32 // of its inode
	rank   int32
}

// often is after how many names it is looked whether the work has to end.
const often = 1 << 12

func scanTree(ctx context.Context, t *rootfs.Tree) (*scan, error) {
	s := &scan{links: t.Links()}
	seen := make(map[uint32]struct{}) // of those with several names
	names := 0
	for _, ino := range t.All() {
		if names++; names%often == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if ino.Kind != rootfs.Dir && s.links[ino.Number] > 1 {
			if _, ok := seen[ino.Number]; ok {
				continue
			}
			seen[ino.Number] = struct{}{}
		}
		s.inodes++
		if hasContent(ino) {
			s.files = append(s.files, file{ino.Content, ino.Number, rankOf(ino)})
		}
	}
	return s, nil
}

func hasContent(ino *rootfs.Inode) bool {
	return ino.Kind == rootfs.File && ino.Content != nil && ino.Content.Size() > 0
}

// withName adds to an error which file it is about: the first name of the inode.
func withName(t *rootfs.Tree, f file, err error) error {
	for name, ino := range t.All() {
		if ino.Number == f.number {
			return fmt.Errorf("%q: %w", name, err)
		}
	}
	return err
}
