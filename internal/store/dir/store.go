package dir

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"lxdocker/internal/durable"
	"lxdocker/internal/image"
)

const (
	streamsDir   = "streams/v1"
	tmpDir       = ".tmp"
	asideDir     = ".damaged"
	lockFile     = ".lock"
	writingFile  = ".writing"
	makingFile   = ".making"
	ledgerFile   = ".ledger"
	runsFile     = ".runs"
	versionFile  = "version.json"
	contentsFile = "contents.zst"
	retiredFile  = "retired.json"
	pinnedFile   = "pinned.json"
)

// Store is a folder of published images. It implements store.Store.
type Store struct {
	dir   string
	clock func() time.Time
	log   *slog.Logger
	// unmounted is the folder above a path whose disk is not mounted, "" if it is.
	unmounted func(path string) string
	sync      func(path string) error // waits until a file is on the disk

	mutating  sync.Mutex     // withLock: one of this process at a time
	equal     [16]sync.Mutex // sharing: those who publish the same
	cacheMu   sync.Mutex
	cache     map[image.ID]*cached // versions that were read
	condemned map[image.ID]string  // damaged versions that cannot be removed, and what is wrong

	mu       sync.Mutex // guards what follows; who needs both takes the mutation lock first
	state    *state
	unsaved  unsaved
	holders  holders
	broken   position      // the end of a ledger that cannot be used
	lookedAt time.Time     // when the folders were looked through
	lookTook time.Duration // and how long that took
}

// Option changes how a Store works.
type Option func(*Store)

// WithClock sets the clock that serials come from. The default is time.Now.
func WithClock(clock func() time.Time) Option { return func(s *Store) { s.clock = clock } }

// WithLog sets where damaged versions are reported. The default is nowhere.
func WithLog(log *slog.Logger) Option { return func(s *Store) { s.log = log } }

// Open returns the store in a folder. It changes nothing: a folder that does
// not exist is made by the first Lock, TryLock or Draft. It is an error if there is
// nothing because the disk is missing that the folder belongs on, or if the folder has a
// later format than this program knows.
func Open(dir string, options ...Option) (*Store, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the store %s: %w", dir, err)
	}
	info, err := os.Stat(abs)
	if err == nil && !info.IsDir() {
		return nil, fmt.Errorf("opening the store %s: it is a file, not a folder", dir)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("opening the store %s: %w", dir, err)
	}
	s := &Store{dir: abs, clock: time.Now, log: slog.New(slog.DiscardHandler), cache: map[image.ID]*cached{}, condemned: map[image.ID]string{}, state: newState(), unmounted: durable.Unmounted, sync: durable.Sync}
	for _, o := range options {
		o(s)
	}
	if err := s.checkFormat(); err != nil {
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	if s.vacant() {
		if at := s.unmounted(abs); at != "" {
			return nil, fmt.Errorf("opening the store %s: there is nothing, and the disk that /etc/fstab has for %s is not mounted: mount it, or take that line out", dir, at)
		}
	}
	return s, nil
}

// vacant says whether nothing is there of a store.
func (s *Store) vacant() bool {
	for _, name := range []string{ledgerFile, image.Dir} {
		if _, err := os.Lstat(s.path(name)); !errors.Is(err, fs.ErrNotExist) {
			return false
		}
	}
	return true
}

// errVacant says that a store is gone from one moment to the next.
var errVacant = errors.New("its folder is empty, and was not: is its disk still mounted? If it was emptied on purpose, start this program again")

// checkVacant is errVacant if so. Whatever takes images away by hand leaves the ledger, or
// the folder that they were in. The caller has mu.
func (s *Store) checkVacant() error {
	if len(s.state.snapshot.Products()) > 0 && s.vacant() {
		return errVacant
	}
	return nil
}

// Space says how much room there is for versions.
func (s *Store) Space() (durable.Space, error) { return durable.SpaceOf(s.dir) }

// path turns a path within the store into one of the system.
func (s *Store) path(elem ...string) string {
	return filepath.Join(append([]string{s.dir}, elem...)...)
}
