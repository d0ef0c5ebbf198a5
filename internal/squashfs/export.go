package squashfs

import "encoding/binary"

// exportTable says where each inode is, by its number. File handles, as NFS uses them,
// have only that number.
type exportTable []reference

func (t exportTable) set(number uint32, r reference) { t[number-1] = r }

func (t exportTable) writeTo(m *metadata) {
	var b [8]byte
	for _, r := range t {
		binary.LittleEndian.PutUint64(b[:], uint64(r))
		m.write(b[:])
	}
}
