package rootfs

import "io"

// Kind says what an inode is.
type Kind uint8

// The kinds of inodes. Sockets do not travel in tar files, so no layer brings one.
const (
	Dir Kind = iota + 1
	File
	Symlink
	CharDevice
	BlockDevice
	FIFO
	Socket
)

// Epoch is the modification time, in seconds since 1970, of everything that no
// layer gave a time: 1980-01-01, the oldest that every archive format accepts.
const Epoch = 315532800

// Inode is one object of the file system. Two names of a hardlinked file share
// one *Inode; replacing one name never touches the other.
//
// Trees of half a million inodes are common enough, so their size counts: 80
// bytes, which is why the fields stand in no better order.
type Inode struct {
	Kind         Kind
	Mode         uint32 // permission, setuid, setgid and sticky bits: 0..07777
	UID, GID     uint32
	ModTime      int64             // seconds since 1970, 0..1<<32-1: what squashfs can store
	Xattrs       map[string]string // values are bytes
	Target       string            // Symlink: where it points, as the layer says it
	Content      Content           // File: nil means empty
	Major, Minor uint32            // CharDevice, BlockDevice
	Layer        int32             // which one brought it, 1 is the lowest; 0: it is an edit of ours
}

// Content is what a regular file holds. It is read as often as needed.
type Content interface {
	Size() int64
	Open() io.Reader // starts at the first byte
}

// Bytes is Content that is kept in memory: small files of our own.
type Bytes []byte
