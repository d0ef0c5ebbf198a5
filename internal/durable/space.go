package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"lxdocker/internal/humanize"
)

// fewInodes is how many free ones are taken for none: what failed has removed its files
// by the time that somebody asks.
const fewInodes = 100

// ExplainSpace adds to an error that says that there is no space, where there is: what is
// missing are inodes, of which many file systems have a fixed number. The kernel has one
// error for both.
func ExplainSpace(err error) error { return explainSpace(err, unix.Statfs) }

func explainSpace(err error, statfs func(string, *unix.Statfs_t) error) error {
	if !errors.Is(err, unix.ENOSPC) {
		return err
	}
	dir := pathIn(err)
	if dir == "" {
		return err
	}
	var st unix.Statfs_t
	for statfs(dir, &st) != nil { // what failed may be gone
		up := filepath.Dir(dir)
		if up == dir {
			return err
		}
		dir = up
	}
	room := int64(st.Bavail) * int64(st.Bsize)
	if st.Files == 0 || st.Ffree >= fewInodes || room < 1<<20 {
		return err
	}
	return fmt.Errorf("%w: the disk has room for %s, but no inodes left for more files, as `df -i %s` shows: remove small files, or make the file system with more inodes",
		err, humanize.Bytes(room), dir)
}

// pathIn is the path that an error is about, "" if it does not say.
func pathIn(err error) string {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Path
	case errors.As(err, &link):
		return link.New
	}
	return ""
}
