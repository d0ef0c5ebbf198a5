package rootfs

// Entry is one entry of a layer. Whiteouts are entries like any other: the tree knows
// what they mean.
type Entry struct {
	Name     string // as in the layer: "./a", "/a", "a/" and "a" are one name
	Hardlink string // if not empty, Name is a hardlink to this name, and Inode is unused
	Inode    Inode
}
