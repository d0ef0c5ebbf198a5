package dir

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"lxdocker/internal/image"
)

// A published version never changes, but for retired.json and its removal. So
// what was read once is kept, and stat'ed instead of read: version.json and
// retired.json have to be the files they were, and the others as long as they
// have to be. That is a system call of about a microsecond for each.

// stamp is what stat(2) says of a file or folder; of none, but the path.
type stamp struct {
	path         string
	dev, ino     uint64
	mode         uint32
	size         int64
	mtime, ctime unix.Timespec
}

// lstat stamps a file. If the last word of the path is a link, it is the link.
func lstat(path string) stamp { return stampOf(path, unix.Lstat) }

// stat stamps a file, or the one a link leads to.
func stat(path string) stamp { return stampOf(path, unix.Stat) }

func stampOf(path string, stat func(string, *unix.Stat_t) error) stamp {
	var st unix.Stat_t
	for {
		err := stat(path, &st)
		if err == nil {
			return stamp{path, uint64(st.Dev), st.Ino, st.Mode, st.Size, st.Mtim, st.Ctim}
		}
		if err != unix.EINTR {
			return stamp{path: path}
		}
	}
}

// cached is a version that was read, and how it looked.
type cached struct {
	version image.Version
	own     [2]stamp // version.json, retired.json
	files   []string
}

func (c *cached) unchanged() bool {
	for _, s := range c.own {
		if lstat(s.path) != s {
			return false
		}
	}
	for i, path := range c.files {
		if s := lstat(path); s.mode&unix.S_IFMT != unix.S_IFREG || s.size != c.version.Files[i].Size {
			return false
		}
	}
	return true
}

// mostCached is how many versions are cached: those that clients download now.
const mostCached = 2000

// load is read for what is not cached, or not as it was.
func (s *Store) load(root *os.Root, id image.ID) (image.Version, error) {
	s.cacheMu.Lock()
	c := s.cache[id]
	s.cacheMu.Unlock()
	if c != nil && c.unchanged() && s.condemnedFor(id) == "" {
		return c.version, nil
	}
	dir := s.path(id.Dir())
	own := func() [2]stamp {
		return [2]stamp{lstat(filepath.Join(dir, versionFile)), lstat(filepath.Join(dir, retiredFile))}
	}
	before := own()
	v, err := s.read(root, id)
	if err != nil || before != own() {
		return v, err
	}
	c = &cached{version: v, own: before}
	for _, f := range v.Files {
		c.files = append(c.files, filepath.Join(dir, f.Name))
	}
	s.cacheMu.Lock()
	defer s.cacheMu.Unlock()
	if len(s.cache) >= mostCached {
		clear(s.cache)
	}
	s.cache[id] = c
	return v, nil
}
