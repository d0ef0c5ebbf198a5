package changes

import (
	"os"
	"syscall"
	"time"
)

// Stamp tells one content of a file from another, without reading it. The zero value is that
// of a file that is not there.
type Stamp struct {
	inode    uint64
	size     int64
	modified time.Time
}

// StampOf is the stamp that a file has now, or the one that a link leads to.
func StampOf(path string) Stamp {
	info, err := os.Stat(path)
	if err != nil {
		return Stamp{}
	}
	s := Stamp{size: info.Size(), modified: info.ModTime()}
	if sys, ok := info.Sys().(*syscall.Stat_t); ok {
		s.inode = sys.Ino
	}
	return s
}
