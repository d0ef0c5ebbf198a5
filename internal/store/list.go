package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"lxdocker/internal/image"
)

// relists bounds how often folders are listed because there were new ones. A
// publish takes longer than a listing, so mostly it is two.
const relists = 100

// Versions returns the complete versions, retired ones included, sorted by
// name, architecture and serial. A version counts when its version.json is
// right in itself and every file it names is there with the size it says; what
// does not count is reported to the log, once.
//
// A product that has a version out of retirement all the time is never missed,
// however many others are published, retired and pruned during the call. It is
// an error if the store's folder is not there.
//
// What did not change since the last call is not read again. So the slices and
// maps in a Version are everybody's, and not to be changed.
func (s *Store) Versions() ([]image.Version, error) {
	versions, err := s.versions()
	if err != nil {
		return nil, fmt.Errorf("listing the store %s: %w", s.dir, err)
	}
	return versions, nil
}

func (s *Store) versions() ([]image.Version, error) {
	if versions, ok := s.repeat(); ok {
		return versions, nil
	}
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var all []image.ID
	var folders []stamp // of the last look
	versions, err := s.settle(func() (_ []image.ID, err error) {
		all, folders, err = s.places(root)
		return all, err
	}, func(p image.ID) (image.Version, error) { return s.load(root, p) })
	if err != nil {
		return nil, err
	}
	s.markPinned(versions)
	s.remember(folders, all, versions)
	return versions, nil
}

// Fault is a folder that should be a version, and why it is none.
type Fault struct {
	Folder string `json:"folder"` // below the store's
	Error  string `json:"error"`
}

// Faults lists what Versions leaves out, sorted by folder.
func (s *Store) Faults() ([]Fault, error) {
	if _, err := s.Versions(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Fault
	for folder, err := range s.faults {
		all = append(all, Fault{folder, err})
	}
	slices.SortFunc(all, func(a, b Fault) int { return strings.Compare(a.Folder, b.Folder) })
	return all, nil
}

// settle lists and reads until a listing shows no folder that was not read. A
// new version is published before the old one is retired: whoever lists the
// folders, and then reads the old one as retired, has missed the new one.
func (s *Store) settle(list func() ([]image.ID, error), read func(image.ID) (image.Version, error)) ([]image.Version, error) {
	known := map[image.ID]finding{}
	for range relists {
		all, err := list()
		if err != nil {
			return nil, err
		}
		news := false
		for _, p := range all {
			if _, ok := known[p]; !ok {
				v, err := read(p)
				if exhausted(err) {
					return nil, err // that says nothing about the version
				}
				known[p], news = finding{v, err}, true
			}
		}
		if !news {
			return s.sum(all, known), nil
		}
	}
	return nil, errors.New("there are new versions whenever one looks")
}

// exhausted says whether the machine, not the store, is in trouble.
func exhausted(err error) bool {
	return errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE) || errors.Is(err, unix.ENOMEM)
}

// finding is what reading a folder came to.
type finding struct {
	version image.Version
	err     error
}

// sum takes the versions out of the findings, and reports the damaged ones
// when they are first seen. What all does not have has been pruned.
func (s *Store) sum(all []image.ID, known map[image.ID]finding) []image.Version {
	var versions []image.Version
	faults := map[string]string{}
	for _, p := range all {
		f := known[p]
		if f.err != nil {
			faults[p.Dir()] = f.err.Error()
			continue
		}
		versions = append(versions, f.version)
	}
	s.mu.Lock()
	old := s.faults
	s.faults = faults
	s.mu.Unlock()
	for dir, fault := range faults {
		if old[dir] != fault {
			s.log.Warn("skipping a damaged version", "folder", dir, "error", fault)
		}
	}
	return versions
}

// places lists the folders that may be versions. The stamps are of the folders
// that have to be as they are for the list to be right.
func (s *Store) places(root *os.Root) (all []image.ID, seen []stamp, err error) {
	list := func(dir string, valid func(string) bool) []string {
		seen = append(seen, lookFolder(s.path(dir)))
		names, e := folders(root, dir, valid)
		err = errors.Join(err, e)
		return names
	}
	for _, name := range list(image.Dir, image.ValidName) {
		for _, arch := range list(image.Dir+"/"+name, image.ValidArchitecture) {
			for _, serial := range list(image.Dir+"/"+name+"/"+arch, image.ValidSerial) {
				all = append(all, image.ID{Product: image.Product{Name: name, Architecture: arch}, Serial: serial})
			}
		}
	}
	slices.SortFunc(all, image.ID.Compare)
	return all, seen, err
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
