package squashfs

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"

	"lxdocker/internal/block"
)

// noXattrs is the number of the set in inodes without extended attributes.
const noXattrs = ^uint32(0)

// outOfLine is a bit in the type of a pair: in place of the value is a reference to it.
const outOfLine = 1 << 8

// namespaces are the prefixes that squashfs knows, by their number.
var namespaces = [...]string{"user.", "trusted.", "security."}

// xattrTable stores each set of extended attributes once, and each value that is longer
// than a reference once.
type xattrTable struct {
	pairs  *metadata
	sets   map[block.Sum]uint32
	values map[block.Sum]reference
	list   []xattrSet
}

type xattrSet struct {
	at    reference // of the first pair
	count uint32
	size  uint32 // of the pairs
}

func newXattrTable(c *block.Codec) *xattrTable {
	return &xattrTable{pairs: newMetadata(c), sets: make(map[block.Sum]uint32), values: make(map[block.Sum]reference)}
}

// number is the number of a set, for inodes.
func (t *xattrTable) number(set map[string]string) (uint32, error) {
	if len(set) == 0 {
		return noXattrs, nil
	}
	names := slices.Sorted(maps.Keys(set))
	sum := sumOf(names, set)
	if n, ok := t.sets[sum]; ok {
		return n, nil
	}
	s := xattrSet{at: t.pairs.here(), count: uint32(len(names))}
	for _, name := range names {
		size, err := t.pair(name, set[name])
		if err != nil {
			return 0, fmt.Errorf("its extended attribute %q: %w", name, err)
		}
		s.size += size
	}
	n := uint32(len(t.list))
	t.sets[sum] = n
	t.list = append(t.list, s)
	return n, t.pairs.check()
}

func sumOf(names []string, set map[string]string) block.Sum {
	h := sha256.New()
	for _, name := range names {
		fmt.Fprintf(h, "%d %s %d %s", len(name), name, len(set[name]), set[name])
	}
	return block.Sum(h.Sum(nil))
}

// pair stores a name and a value, and returns the number of bytes.
func (t *xattrTable) pair(name, value string) (uint32, error) {
	kind := slices.IndexFunc(namespaces[:], func(prefix string) bool { return strings.HasPrefix(name, prefix) })
	if kind < 0 {
		return 0, fmt.Errorf("squashfs knows only %s", strings.Join(namespaces[:], "*, ")+"*")
	}
	name = name[len(namespaces[kind]):]
	var known bool
	var at reference
	var sum block.Sum
	if len(value) > 8 {
		sum = block.SumOf([]byte(value))
		at, known = t.values[sum]
	}
	if known {
		kind |= outOfLine
		value = string(binary.LittleEndian.AppendUint64(nil, uint64(at)))
	}
	b := binary.LittleEndian.AppendUint16(nil, uint16(kind))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(name)))
	t.pairs.write(append(b, name...))
	if !known && len(value) > 8 {
		t.values[sum] = t.pairs.here()
	}
	t.pairs.write(binary.LittleEndian.AppendUint32(nil, uint32(len(value))))
	t.pairs.write([]byte(value))
	return uint32(8 + len(name) + len(value)), nil
}

// table returns the whole table for an image that has pos bytes so far, and the position
// of its header.
func (t *xattrTable) table(pos int64) (table []byte, header uint64) {
	if len(t.list) == 0 {
		return nil, invalid
	}
	le := binary.LittleEndian
	t.pairs.flush()
	ids := newMetadata(t.pairs.compressor)
	for _, s := range t.list {
		b := le.AppendUint64(nil, uint64(s.at))
		b = le.AppendUint32(b, s.count)
		ids.write(le.AppendUint32(b, s.size))
	}
	ids.flush()
	table = append(t.pairs.stored, ids.stored...)
	header = uint64(pos) + uint64(len(table))
	table = le.AppendUint64(table, uint64(pos))
	table = le.AppendUint32(table, uint32(len(t.list)))
	table = le.AppendUint32(table, 0)
	return ids.appendIndex(table, pos+int64(len(t.pairs.stored))), header
}
