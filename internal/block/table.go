package block

import (
	"crypto/sha256"
	"errors"
	"fmt"
)

// Size is how much of a content one block holds, in bytes: the largest that
// squashfs allows.
const Size = 1 << 20

// ErrDamaged is wrapped by the errors of a Store whose file or table is not what was
// written.
var ErrDamaged = errors.New("damaged")

// Sum is the first half of the sha256 of a content: a tree may hold hundreds of thousands
// of them. To find two contents with the same Sum takes 2^64 attempts, and harms only the
// image that has both.
type Sum [sha256.Size / 2]byte

// SumOf returns the Sum of a content.
func SumOf(content []byte) Sum {
	all := sha256.Sum256(content)
	return Sum(all[:])
}

// File says where a content is in a Store.
type File struct {
	Size   int64 // in bytes
	Sum    Sum   // of the content; zero if it is empty
	Block  int32 // the first of Table.Blocks, or, if Shared, the one of Table.Fragments
	Offset int32 // if Shared: where it begins in the fragment
}

// Shared reports whether the content is in a fragment, with others.
func (f File) Shared() bool { return 0 < f.Size && f.Size < Size }

// Blocks is the number of blocks that the content has of its own.
func (f File) Blocks() int {
	if f.Size < Size {
		return 0
	}
	return int((f.Size + Size - 1) / Size)
}

// Block is where one block is stored, and how.
type Block struct {
	Offset int64  // in the file of the Store
	Size   uint32 // stored bytes, at most the package's Size; 0 is a block of zeros, which is not stored
	Raw    bool   // stored as it is: compressing would not have made it smaller
	CRC    uint32 // CRC-32C of the stored bytes
}

// Table lists the blocks of a Store. The blocks of one content are adjacent in Blocks and
// in the file. Offsets grow within each list.
type Table struct {
	Blocks    []Block
	Fragments []Block
	Size      int64 // of the file
}

// Holds reports whether all blocks of f exist.
func (t *Table) Holds(f File) bool {
	switch {
	case f.Size < 0 || f.Block < 0 || f.Offset < 0:
		return false
	case f.Shared():
		return int(f.Block) < len(t.Fragments) && int64(f.Offset)+f.Size <= Size
	default:
		return f.Size <= int64(len(t.Blocks))*Size && int(f.Block) <= len(t.Blocks)-f.Blocks()
	}
}

// check validates a table, which is not trusted.
func (t *Table) check() error {
	for _, b := range t.Fragments {
		if b.Size == 0 {
			return fmt.Errorf("%w: a fragment without content", ErrDamaged)
		}
	}
	for _, list := range [][]Block{t.Blocks, t.Fragments} {
		var end int64
		for i, b := range list {
			if b.Size > Size || b.Offset < end || b.Offset > t.Size-int64(b.Size) {
				return fmt.Errorf("%w: block %d of %d bytes cannot be at %d of %d", ErrDamaged, i, b.Size, b.Offset, t.Size)
			}
			end = b.Offset + int64(b.Size)
		}
	}
	return nil
}
