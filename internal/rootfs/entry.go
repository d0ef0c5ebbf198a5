package rootfs

// Entry is one entry of a layer, in the layer's order. Whiteouts are entries
// like any other: what they mean is the tree's business.
type Entry struct {
	Name     string // as the layer has it: "./a", "/a", "a/" and "a" are one name
	Hardlink string // not empty: Name is one more name of this one, Inode is unused
	Inode    Inode
}
