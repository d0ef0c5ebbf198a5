package squashfs

import (
	"encoding/binary"
	"fmt"
	"math"
)

// maxIDs is how many different users and groups an image may have: the superblock has 16
// bits for that.
const maxIDs = math.MaxUint16

// idTable numbers the users and groups: inodes have only 16 bits for each.
type idTable struct {
	numbers map[uint32]uint16
	list    []uint32
}

func newIDTable() *idTable { return &idTable{numbers: make(map[uint32]uint16)} }

func (t *idTable) number(id uint32) (uint16, error) {
	if n, ok := t.numbers[id]; ok {
		return n, nil
	}
	if len(t.list) == maxIDs {
		return 0, fmt.Errorf("its owner or group %d is one more than the %d different ones that squashfs allows", id, maxIDs)
	}
	n := uint16(len(t.list))
	t.numbers[id] = n
	t.list = append(t.list, id)
	return n, nil
}

func (t *idTable) writeTo(m *metadata) {
	for _, id := range t.list {
		m.write(binary.LittleEndian.AppendUint32(nil, id))
	}
}
