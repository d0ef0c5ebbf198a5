package dir

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"lxdocker/internal/image"
)

// relists bounds how often a folder is listed because there were new versions in
// it. A publish takes longer than a listing, so mostly it is two.
const relists = 100

// look reads the folders of a product and says what there is, as a record to be
// applied to a state that has forgotten the product. It needs no lock: a product
// that has a version out of retirement all the time is never seen without.
//
// A version counts when its version.json is right in itself and every file it names
// is there with the size it says.
func (s *Store) look(root *os.Root, p image.Product, read func(*os.Root, image.ID) (image.Version, error)) (record, error) {
	return s.settle(p, func() ([]image.ID, error) { return serials(root, p) }, func(id image.ID) (image.Version, error) { return read(root, id) })
}

// finding is what reading a folder came to.
type finding struct {
	version image.Version
	err     error
}

// settle lists and reads until a listing shows no folder that was not read. A new version
// is published before the old one is retired: a process that lists the folders, and then
// reads the old version as retired, has missed the new one.
func (s *Store) settle(p image.Product, list func() ([]image.ID, error), read func(image.ID) (image.Version, error)) (record, error) {
	known := map[image.ID]finding{}
	for range relists {
		all, err := list()
		if err != nil {
			return record{}, err
		}
		news := false
		for _, id := range all {
			if _, ok := known[id]; !ok {
				v, err := read(id)
				if exhausted(err) {
					return record{}, err // that says nothing about the version
				}
				known[id], news = finding{v, err}, true
			}
		}
		if !news {
			return s.recordOf(p, all, known), nil
		}
	}
	return record{}, fmt.Errorf("looking at %s: there are new versions whenever one looks", p)
}

// recordOf makes a record of the folders that were read. Those missing in all were pruned.
func (s *Store) recordOf(p image.Product, all []image.ID, known map[image.ID]finding) (r record) {
	for _, id := range all {
		if f := known[id]; f.err != nil {
			r.Faults = append(r.Faults, fault{id, f.err.Error()})
		} else {
			r.Put = append(r.Put, f.version)
		}
	}
	if at := s.pinnedSince(p); at != nil && len(all) > 0 {
		r.Pins = []pinned{{p, at}}
	}
	return r
}

// exhausted says whether the machine, and not the store, has a problem.
func exhausted(err error) bool {
	return errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE) || errors.Is(err, unix.ENOMEM)
}

// lookThrough looks at all products, with so many workers, and tells visit, which is
// called by one at a time. A single worker rests as long as he works: a conversion
// beside him has the processors half of the time at least.
func (s *Store) lookThrough(ctx context.Context, workers int, visit func(image.Product, record)) error {
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	products, err := products(root)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for chunk := range slices.Chunk(products, 64) {
		group.Go(func() error {
			began := time.Now()
			for _, p := range chunk {
				if err := ctx.Err(); err != nil {
					return err
				}
				r, err := s.look(root, p, s.read)
				if err != nil {
					return err
				}
				mu.Lock()
				visit(p, r)
				mu.Unlock()
			}
			if workers == 1 {
				time.Sleep(time.Since(began))
			}
			return nil
		})
	}
	return group.Wait()
}

// lookAtAll looks at all products as quickly as it can. The caller has mu.
func (s *Store) lookAtAll(ctx context.Context) (all []record, err error) {
	began := time.Now()
	err = s.lookThrough(ctx, runtime.GOMAXPROCS(0), func(_ image.Product, r record) { all = append(all, r) })
	s.lookedAt, s.lookTook = time.Now(), time.Since(began)
	return all, err
}

// products lists the folders that may be products.
func products(root *os.Root) (all []image.Product, err error) {
	names, err := folders(root, image.Dir, image.ValidName)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		archs, err := folders(root, image.Dir+"/"+name, image.ValidArchitecture)
		if err != nil {
			return nil, err
		}
		for _, arch := range archs {
			all = append(all, image.Product{Name: name, Architecture: arch})
		}
	}
	return all, nil
}

// serials lists the folders that may be versions of a product.
func serials(root *os.Root, p image.Product) (all []image.ID, err error) {
	names, err := folders(root, p.Dir(), image.ValidSerial)
	for _, serial := range names {
		all = append(all, image.ID{Product: p, Serial: serial})
	}
	return all, err
}

// folders lists the folders in a folder that have valid names, sorted. Symbolic
// links are none. A folder that is not there is empty.
func folders(root *os.Root, name string, valid func(string) bool) ([]string, error) {
	f, err := root.Open(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
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
	slices.SortFunc(names, strings.Compare)
	return names, nil
}

// pinnedSince is when a product was pinned, or nil. A file that says nothing
// sensible pins, too: it was not made to have no effect.
func (s *Store) pinnedSince(product image.Product) *time.Time {
	path := s.path(product.Dir(), pinnedFile)
	info, err := os.Lstat(path)
	if err != nil {
		return nil
	}
	p := pin{At: info.ModTime().UTC()}
	if info.Mode().IsRegular() && info.Size() <= most {
		if data, err := os.ReadFile(path); err == nil {
			_ = json.Unmarshal(data, &p)
		}
	}
	return &p.At
}

// signs are what the store shows now.
func (s *Store) signs() signs {
	var now signs
	images, streams := stat(s.path(image.Dir)), lstat(s.path(streamsDir, imagesFile))
	if images.ino != 0 {
		now.Images = images.mtime.Nano()
	}
	if streams.ino != 0 {
		now.Streams = [2]int64{int64(streams.ino), streams.mtime.Nano()}
	}
	return now
}
