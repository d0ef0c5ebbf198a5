package store

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// rescans bounds how often a listing is repeated because the store changed
// under it. A publish takes longer than a listing, so this is never reached
// unless a folder cannot be listed twice the same way.
const rescans = 50

// place is where a version's folder is: the three words of its path.
type place struct{ name, arch, serial string }

func (p place) dir() string {
	return Version{Name: p.name, Architecture: p.arch, Serial: p.serial}.dir()
}

func (p place) compare(q place) int {
	return cmp.Or(strings.Compare(p.name, q.name), strings.Compare(p.arch, q.arch), strings.Compare(p.serial, q.serial))
}

// Versions returns the complete versions, retired ones included, sorted by
// name, architecture and serial. A version counts when its version.json is
// right in itself and every file it names is there with the size it says; what
// does not count is reported to the log, once.
//
// A product that has a version out of retirement all the time is never missed,
// however many others are published, retired and pruned during the call. It is
// an error if the store's folder is not there.
func (s *Store) Versions() ([]Version, error) {
	versions, err := s.versions()
	if err != nil {
		return nil, fmt.Errorf("listing the store %s: %w", s.dir, err)
	}
	return versions, nil
}

func (s *Store) versions() ([]Version, error) {
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	before, err := places(root)
	if err != nil {
		return nil, err
	}
	return s.settle(root, before)
}

// settle reads the versions in the folders that were there just before, and
// again if there are others meanwhile.
func (s *Store) settle(root *os.Root, before []place) ([]Version, error) {
	for range rescans {
		versions, faults := readAll(root, before)
		// A new version is published before the old one is retired. Whoever
		// lists the folders, and then reads the old one as retired, has missed
		// the new one: so look again whether there are new folders.
		after, err := places(root)
		if err != nil {
			return nil, err
		}
		if slices.Equal(before, after) {
			s.report(faults)
			return versions, nil
		}
		before = after
	}
	return nil, errors.New("the folder does not come to rest")
}

func readAll(root *os.Root, all []place) (versions []Version, faults map[string]string) {
	faults = map[string]string{}
	for _, p := range all {
		v, err := read(root, p)
		switch {
		case err == nil:
			versions = append(versions, v)
		case !gone(root, p):
			faults[p.dir()] = err.Error()
		}
	}
	return versions, faults
}

// gone says whether a version's folder was pruned while it was read.
func gone(root *os.Root, p place) bool {
	_, err := root.Lstat(p.dir())
	return errors.Is(err, fs.ErrNotExist)
}

// report logs each damaged version when it is first seen.
func (s *Store) report(faults map[string]string) {
	s.mu.Lock()
	old := s.faults
	s.faults = faults
	s.mu.Unlock()
	for dir, fault := range faults {
		if old[dir] != fault {
			s.log.Warn("skipping a damaged version", "folder", dir, "error", fault)
		}
	}
}

// places lists the folders that may be versions.
func places(root *os.Root) ([]place, error) {
	var all []place
	names, err := folders(root, imagesDir, validName)
	for _, name := range names {
		archs, e := folders(root, imagesDir+"/"+name, validArchitecture)
		err = errors.Join(err, e)
		for _, arch := range archs {
			serials, e := folders(root, imagesDir+"/"+name+"/"+arch, validSerial)
			err = errors.Join(err, e)
			for _, serial := range serials {
				all = append(all, place{name, arch, serial})
			}
		}
	}
	slices.SortFunc(all, place.compare)
	return all, err
}

// folders lists the folders in dir that have valid names. Symbolic links are
// none. A folder that is not there is empty.
func folders(root *os.Root, dir string, valid func(string) bool) ([]string, error) {
	f, err := root.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // removed since it was opened
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && valid(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}
