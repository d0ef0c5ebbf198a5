package durable

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"lxdocker/internal/testenv"
)

func TestWhatIsMissingWhereThereIsNoSpace(t *testing.T) {
	full := &os.PathError{Op: "open", Path: "/somewhere/gone/file", Err: unix.ENOSPC}
	disk := func(blocks, files, free uint64) func(string, *unix.Statfs_t) error {
		return func(path string, st *unix.Statfs_t) error {
			if path != "/somewhere" {
				return unix.ENOENT
			}
			*st = unix.Statfs_t{Bavail: blocks, Bsize: 4096, Files: files, Ffree: free}
			return nil
		}
	}
	const inodes = "no inodes left for more files, as `df -i /somewhere` shows"
	for what, test := range map[string]struct {
		err    error
		statfs func(string, *unix.Statfs_t) error
		inodes bool
	}{
		"inodes":                              {full, disk(1<<20, 1000, 0), true},
		"inodes, in an error with more words": {fmt.Errorf("publishing: %w", full), disk(1<<20, 1000, 20), true},
		"inodes, for a link":                  {&os.LinkError{Op: "link", Old: "/x", New: "/somewhere/y", Err: unix.ENOSPC}, disk(1<<20, 1000, 0), true},
		"space":                               {full, disk(0, 1000, 500), false},
		"both":                                {full, disk(0, 1000, 0), false},
		"space, where inodes have no number":  {full, disk(1<<20, 0, 0), false},
		"something else":                      {&os.PathError{Op: "open", Path: "/somewhere", Err: unix.EACCES}, disk(1<<20, 1000, 0), false},
		"nobody says of what":                 {unix.ENOSPC, disk(1<<20, 1000, 0), false},
	} {
		got := explainSpace(test.err, test.statfs)
		if !strings.HasPrefix(got.Error(), test.err.Error()) || strings.Contains(got.Error(), inodes) != test.inodes {
			t.Errorf("%s: %v", what, got)
		}
	}
}

// TestARealDiskWithoutInodes is a tmpfs, which takes as many as one says.
func TestARealDiskWithoutInodes(t *testing.T) {
	dir := t.TempDir()
	testenv.SmallDisk(t, dir, "size=64m,nr_inodes=16")
	var err error
	for i := 0; err == nil && i < 100; i++ {
		err = WriteFile(filepath.Join(dir, fmt.Sprint(i)), []byte("x"), 0o644)
	}
	if got := ExplainSpace(err); err == nil || !strings.Contains(got.Error(), "no inodes left for more files, as `df -i "+dir) {
		t.Errorf("it is %v", got)
	}
}

func TestSpaceOfAFolder(t *testing.T) {
	dir := t.TempDir()
	here, err := SpaceOf(dir)
	if err != nil || here.Free <= 0 || here.Free > here.Total {
		t.Errorf("it is %+v, %v", here, err)
	}
	if later, err := SpaceOf(filepath.Join(dir, "not/there/yet")); err != nil || later.Device != here.Device {
		t.Errorf("for a folder that is not there it is %+v, %v", later, err)
	}
	if got := times(1<<60, 4096); got != math.MaxInt64 {
		t.Errorf("a disk without end has %d bytes", got)
	}
	small := filepath.Join(dir, "small")
	testenv.SmallDisk(t, small, "size=1m")
	if got, err := SpaceOf(small); err != nil || got.Total != 1<<20 || got.Device == here.Device {
		t.Errorf("of a disk of 1 MiB it is %+v, %v", got, err)
	}
}
