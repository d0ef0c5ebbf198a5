package squashfstest

import (
	"cmp"
	"crypto/sha256"
	"io"
	"maps"
	"strings"

	"lxdocker/internal/rootfs"
)

// Node is what a name in an image stands for. Not every reader can tell
// everything.
type Node struct {
	Kind         rootfs.Kind
	Mode         uint32
	UID, GID     uint32
	ModTime      int64
	Links        uint32 // 0: the reader cannot tell
	First        string // of several names of one inode, the first in bytewise order; "?": the reader cannot tell
	Target       string
	Major, Minor uint32
	Xattrs       map[string]string // {"?": ""}: the reader cannot tell
	Size         int64             // of files
	Sum          [sha256.Size]byte

	device, inode uint64 // while a folder is being walked
}

// OfTree is what readers should find in an image of the tree. Names are those of
// Tree.All.
func OfTree(t *rootfs.Tree) (map[string]Node, error) {
	nodes := make(map[string]Node)
	names := make(map[uint32][]string)
	inodes := make(map[uint32]*rootfs.Inode)
	for name, ino := range t.All() {
		names[ino.Number] = append(names[ino.Number], name)
		kept := *ino
		inodes[ino.Number] = &kept
	}
	for number, all := range names {
		n, err := ofInode(inodes[number])
		if err != nil {
			return nil, err
		}
		if len(all) > 1 {
			n.Links = uint32(len(all))
			n.First = first(all)
		}
		for _, name := range all {
			nodes[name] = n
		}
	}
	countDirs(nodes)
	return nodes, nil
}

func first(names []string) string {
	least := names[0]
	for _, name := range names[1:] {
		least = min(least, name)
	}
	return least
}

// countDirs gives directories as many links as they have on disk.
func countDirs(nodes map[string]Node) {
	subdirs := make(map[string]uint32)
	for name, n := range nodes {
		if n.Kind == rootfs.Dir && name != "." {
			subdirs[parent(name)]++
		}
	}
	for name, n := range nodes {
		if n.Kind == rootfs.Dir {
			n.Links = 2 + subdirs[name]
			nodes[name] = n
		}
	}
}

func parent(name string) string {
	return cmp.Or(name[:max(strings.LastIndexByte(name, '/'), 0)], ".")
}

func ofInode(ino *rootfs.Inode) (Node, error) {
	n := Node{
		Kind: ino.Kind, Mode: ino.Mode, UID: ino.UID, GID: ino.GID, ModTime: ino.ModTime,
		Links: 1, Xattrs: maps.Clone(ino.Xattrs),
	}
	switch ino.Kind {
	case rootfs.Symlink:
		n.Target = ino.Target
	case rootfs.CharDevice, rootfs.BlockDevice:
		n.Major, n.Minor = ino.Major, ino.Minor
	case rootfs.File:
		h := sha256.New()
		if ino.Content != nil {
			size, err := io.Copy(h, ino.Content.Open())
			if err != nil {
				return n, err
			}
			n.Size = size
		}
		h.Sum(n.Sum[:0])
	}
	return n, nil
}

func unknownXattrs() map[string]string { return map[string]string{"?": ""} }
