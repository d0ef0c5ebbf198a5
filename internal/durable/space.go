package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"lxdocker/internal/humanize"
)

// fewInodes is how many free ones are taken for none: what failed has removed its files
// by the time that somebody asks.
const fewInodes = 100

// Space is what the file system of a folder has.
type Space struct {
	Free   int64 // bytes that this user may still write
	Total  int64
	Device uint64 // which file system it is
	Folder string // the folder, for people
}

// SpaceOf says how much room there is for a folder, which need not be there yet.
func SpaceOf(path string) (Space, error) {
	folder, err := filepath.Abs(path)
	if err != nil {
		return Space{}, err
	}
	dir := folder
	for {
		var disk unix.Statfs_t
		var st unix.Stat_t
		err := unix.Statfs(dir, &disk)
		if err == nil {
			err = unix.Stat(dir, &st)
		}
		if err == nil {
			// Of other types on other machines.
			return Space{times(disk.Bavail, int64(disk.Bsize)), times(disk.Blocks, int64(disk.Bsize)), uint64(st.Dev), folder}, nil //nolint:unconvert
		}
		if up := filepath.Dir(dir); up == dir || !errors.Is(err, unix.ENOENT) {
			return Space{}, &os.PathError{Op: "statfs", Path: dir, Err: err}
		}
		dir = filepath.Dir(dir)
	}
}

// times is how many bytes blocks have, as far as numbers reach: some file systems of the
// network have no end.
func times(blocks uint64, size int64) int64 {
	if size <= 0 || blocks > math.MaxInt64/uint64(size) {
		return math.MaxInt64
	}
	return int64(blocks) * size
}

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
