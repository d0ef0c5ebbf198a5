package layer

import (
	"io"

	"lxdocker/internal/block"
	"lxdocker/internal/rootfs"
)

// contents are those of the files of a pack, in the order of its entries: they implement
// rootfs.Lot. The largest layers have a million, so there are no pointers in them that the garbage
// collector would have to follow.
type contents struct {
	pack  *Pack
	files [][]block.File // contentsAtOnce in each but the last
}

// contentsAtOnce is how many contents are allocated together.
const contentsAtOnce = 1 << 12

// add appends a content, after which at most so many more come.
func (c *contents) add(f block.File, more uint64) rootfs.Content {
	last := len(c.files) - 1
	if last < 0 || len(c.files[last]) == contentsAtOnce {
		c.files = append(c.files, make([]block.File, 0, min(contentsAtOnce, more+1)))
		last++
	}
	c.files[last] = append(c.files[last], f)
	return content{c, uint32(last*contentsAtOnce + len(c.files[last]) - 1)}
}

func (c *contents) at(number uint32) *block.File {
	return &c.files[number/contentsAtOnce][number%contentsAtOnce]
}

// Content implements rootfs.Lot.
func (c *contents) Content(number uint32) rootfs.Content { return content{c, number} }

// Stored says where a content lies compressed, for package squashfs.
func (c *contents) Stored(number uint32) (*block.Store, block.File) {
	return c.pack.blocks, *c.at(number)
}

// content is one of them.
type content struct {
	lot    *contents
	number uint32
}

// Lot says where it is, for package rootfs.
func (c content) Lot() (rootfs.Lot, uint32) { return c.lot, c.number }

// Size implements rootfs.Content.
func (c content) Size() int64 { return c.lot.at(c.number).Size }

// Open implements rootfs.Content. Every byte is verified.
func (c content) Open() io.Reader { return c.lot.pack.blocks.Open(*c.lot.at(c.number)) }
