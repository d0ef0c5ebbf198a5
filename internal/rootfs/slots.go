package rootfs

import (
	"bytes"
	"hash/maphash"
)

// slot is where a name in a directory is in the table, or would be.
func (f *forest) slot(dir number, name []byte) (at int, n number) {
	mask := len(f.slots) - 1
	// Directories differ in the low bits of the product, wherever their names do not.
	at = int(maphash.Bytes(f.seed, name)^uint64(dir)*0x9e3779b97f4a7c15) & mask
	for {
		n = f.slots[at]
		if n == 0 {
			return at, 0
		}
		if c := f.node(n); c.parent == dir && bytes.Equal(f.texts.at(c.name), name) {
			return at, n
		}
		at = (at + 1) & mask
	}
}

// occupy fills an empty slot, and makes the table larger in time.
func (f *forest) occupy(at int, n number) {
	f.slots[at] = n
	if f.used++; f.used < len(f.slots)/4*3 {
		return
	}
	live := 0
	for i := range f.nodes.count {
		if f.nodes.at(uint32(i)).parent != 0 {
			live++
		}
	}
	size := len(f.slots)
	for live >= size/2 {
		size *= 2
	}
	f.slots, f.used = make([]number, size), live
	for i := range f.nodes.count {
		if c := f.nodes.at(uint32(i)); c.parent != 0 {
			f.slots[f.vacancy(c)] = number(i)
		}
	}
}

func (f *forest) vacancy(c *node) int {
	mask := len(f.slots) - 1
	at := int(maphash.Bytes(f.seed, f.texts.at(c.name))^uint64(c.parent)*0x9e3779b97f4a7c15) & mask
	for f.slots[at] != 0 {
		at = (at + 1) & mask
	}
	return at
}
