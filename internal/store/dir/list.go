package dir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// relists bounds how often folders are listed because there were new ones. A
// publish takes longer than a listing, so mostly it is two.
const relists = 100

// Versions implements store.Store. A version counts when its version.json is right
// in itself and every file it names is there with the size it says; what does not
// count is reported to the log, once, and is a fault.
//
// What did not change since the last call is not read again.
func (s *Store) Versions(ctx context.Context) (*store.Snapshot, error) {
	snapshot, err := s.versions(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing the store %s: %w", s.dir, err)
	}
	return snapshot, nil
}

func (s *Store) versions(ctx context.Context) (*store.Snapshot, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if snapshot, ok := s.repeat(); ok {
		return snapshot, nil
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
	return s.remember(folders, all, versions), nil
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
