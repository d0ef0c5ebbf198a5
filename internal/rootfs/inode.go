package rootfs

import "io"

// Kind says what an inode is.
type Kind uint8

// The kinds of inodes. There are no sockets, because tar archives cannot hold them.
const (
	Dir Kind = iota + 1
	File
	Symlink
	CharDevice
	BlockDevice
	FIFO
)

// Epoch is the modification time, in seconds since 1970, of everything that no layer
// gives a time: 1980-01-01, the earliest that every archive format accepts.
const Epoch = 315532800

// Inode is one object of the file system, as it is put into a tree and got out of it. The
// tree keeps less: what it gives is a copy.
type Inode struct {
	Kind         Kind
	Mode         uint32 // permission, setuid, setgid and sticky bits: 0..07777
	UID, GID     uint32
	ModTime      int64             // seconds since 1970, 0..1<<32-1: what squashfs can store
	Xattrs       map[string]string // values are bytes
	Target       string            // Symlink: where it points, as in the layer
	Content      Content           // File: nil means empty
	Major, Minor uint32            // CharDevice, BlockDevice
	Layer        int32             // the one it is from, 1 being the lowest; 0: an edit of ours

	// Number says which of the tree's inodes it is: names of a hardlinked file have one.
	// The tree gives the numbers, small ones.
	Number uint32
}

// Content is the content of a regular file. It may be read any number of times.
type Content interface {
	Size() int64
	Open() io.Reader // starts at the first byte
}

// Lot holds many contents under numbers. One that has a method Lot() (Lot, uint32), which says
// where it is, is kept as such a number: a tree may have a million.
type Lot interface {
	Content(number uint32) Content
}

// Bytes is Content in memory: small files of our own.
type Bytes []byte
