package dir

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// A published version never changes, but for retired.json and its removal. So
// what was read once is kept, and looked at instead of read: version.json and
// retired.json have to be the files they were, and the others as long as they
// have to be. A look is a system call of about a microsecond.

// stamp is what stat(2) says of a file or folder; of none, but the path.
type stamp struct {
	path         string
	dev, ino     uint64
	mode         uint32
	size         int64
	mtime, ctime unix.Timespec
}

// look stamps a file. If the last word of the path is a link, it is the link.
func look(path string) stamp { return stampOf(path, unix.Lstat) }

// lookFolder stamps a folder, or the one a link leads to.
func lookFolder(path string) stamp { return stampOf(path, unix.Stat) }

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

// kept is a version that was read, and how it looked.
type kept struct {
	version image.Version
	own     [2]stamp // version.json, retired.json
	files   []string
}

func (k *kept) unchanged() bool {
	for _, s := range k.own {
		if look(s.path) != s {
			return false
		}
	}
	for i, path := range k.files {
		if s := look(path); s.mode&unix.S_IFMT != unix.S_IFREG || s.size != k.version.Files[i].Size {
			return false
		}
	}
	return true
}

// load is read for what is not kept, or not as it was.
func (s *Store) load(root *os.Root, p image.ID) (image.Version, error) {
	s.mu.Lock()
	k := s.kept[p]
	s.mu.Unlock()
	if k != nil && k.unchanged() {
		return k.version, nil
	}
	dir := s.path(p.Dir())
	own := func() [2]stamp {
		return [2]stamp{look(filepath.Join(dir, versionFile)), look(filepath.Join(dir, retiredFile))}
	}
	before := own()
	v, err := read(root, p)
	if err != nil || before != own() {
		return v, err
	}
	k = &kept{version: v, own: before}
	for _, f := range v.Files {
		k.files = append(k.files, filepath.Join(dir, f.Name))
	}
	s.mu.Lock()
	s.kept[p] = k
	s.mu.Unlock()
	return v, nil
}

// settling is how long ago a folder must have changed for its times to tell of
// the next change: those of some file systems count in seconds, and no kernel
// counts in nanoseconds.
const settling = 2500 * time.Millisecond

// listing is what all folders together came to.
type listing struct {
	folders  []stamp
	snapshot *store.Snapshot
	all      []*kept
}

// repeat gives the last listing again if nothing has changed since. A version
// that is retired between the looks is seen: its product's folder, with the one
// that replaces it, was looked at before.
func (s *Store) repeat() (*store.Snapshot, bool) {
	s.mu.Lock()
	l := s.last
	s.mu.Unlock()
	if l == nil {
		return nil, false
	}
	for _, f := range l.folders {
		if lookFolder(f.path) != f {
			return nil, false
		}
	}
	for _, k := range l.all {
		if !k.unchanged() {
			return nil, false
		}
	}
	return l.snapshot, true
}

// remember keeps a listing for repeat, if it can be relied on, and lets go of
// versions that are no more. folders were stamped before they were listed.
func (s *Store) remember(folders []stamp, places []image.ID, versions []image.Version) *store.Snapshot {
	now := time.Now()
	recent := func(f stamp) bool { return f.ino == 0 || now.Sub(time.Unix(f.ctime.Unix())) < settling }
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = nil
	old := s.kept
	s.kept = make(map[image.ID]*kept, len(places))
	l := &listing{folders: folders, snapshot: s.snapshot(versions)}
	for _, p := range places {
		if k := old[p]; k != nil {
			s.kept[p] = k
			l.all = append(l.all, k)
		}
	}
	if len(l.all) == len(places) && len(versions) == len(places) && !slices.ContainsFunc(folders, recent) {
		s.last = l
	}
	return l.snapshot
}

// snapshot is the last one, if nothing in it has changed. The caller holds mu.
func (s *Store) snapshot(versions []image.Version) *store.Snapshot {
	faults := make([]store.Fault, 0, len(s.faults))
	for folder, err := range s.faults {
		faults = append(faults, store.Fault{Folder: folder, Error: err})
	}
	next := store.NewSnapshot(versions, faults)
	if s.newest == nil || !reflect.DeepEqual(s.newest.List(), versions) || !reflect.DeepEqual(s.newest.Faults(), next.Faults()) {
		s.newest = next
	}
	return s.newest
}
