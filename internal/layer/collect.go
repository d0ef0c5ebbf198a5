package layer

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Retention says how long packs stay in the cache.
type Retention struct {
	Age  time.Duration // how long an unwanted pack stays after it was last used or wanted; 0: it goes at once
	Size int64         // bytes of disk that all packs may take; 0: no limit
	Now  time.Time     // the time that ages are measured from
}

// Forever is an Age that no pack reaches.
const Forever time.Duration = math.MaxInt64

// Collect removes the packs that keep does not want and that are older than Age. If the
// others take more than Size, it removes the least recently used, first unwanted packs,
// then wanted ones, which are made again when they are needed. Packs of other levels
// than the cache's are unwanted. Whatever crashed runs left behind is removed in any
// case. Collect returns how many bytes of disk it freed.
//
// Images that do not change open no packs. So the time when a pack was last wanted is
// recorded, too.
//
// A pack that is open in this process, or being made, stays. One that is open in another
// process is removed, and stays readable there.
func (c *Cache) Collect(keep func(digest string) bool, o Retention) (freed int64, err error) {
	packs, err := c.packs(keep, o.Now)
	if err != nil {
		return 0, fmt.Errorf("collecting unused layers: %w", err)
	}
	var total int64 // of no interest without a limit, and slow to tell
	if o.Size > 0 {
		known := c.Size()
		defer func() { c.size.Add(total - freed - known) }() // others may have added to it meanwhile
		for i := range packs {
			packs[i].size = usage(filepath.Join(c.dir, packs[i].name))
			total += packs[i].size
		}
	}
	var errs []error
	for _, p := range packs {
		if p.wanted && !o.Now.IsZero() {
			_ = os.Chtimes(filepath.Join(c.dir, p.name, indexName), time.Time{}, o.Now) // if it fails, the pack goes earlier
		}
		old := !p.wanted && (o.Age <= 0 || o.Now.Sub(p.needed) > o.Age)
		tooMuch := o.Size > 0 && total-freed > o.Size
		if !old && !tooMuch {
			continue
		}
		n, err := c.remove(p)
		freed += n
		errs = append(errs, err)
	}
	swept, err := c.sweep()
	if err := errors.Join(append(errs, err)...); err != nil {
		return freed + swept, fmt.Errorf("collecting unused layers: %w", err)
	}
	return freed + swept, nil
}

// cachedPack is a pack as its folder describes it.
type cachedPack struct {
	name   string // of its folder
	wanted bool
	used   time.Time // the time of its folder
	needed time.Time // when it was last used or wanted; the latter is the time of its index
	size   int64     // bytes of disk; 0: not known yet
}

// packs lists the cache. Packs that should be removed first come first.
func (c *Cache) packs(keep func(digest string) bool, now time.Time) ([]cachedPack, error) {
	names, err := os.ReadDir(c.dir)
	if err != nil {
		return nil, err
	}
	var packs []cachedPack
	for _, name := range names {
		digits, level, _ := strings.Cut(name.Name(), ".")
		digest := "sha256:" + digits
		if _, err := parseSum(digest); err != nil || level == "" {
			continue
		}
		info, err := name.Info()
		if err != nil {
			continue // another process was faster
		}
		p := cachedPack{
			name:   name.Name(),
			wanted: keep(digest) && level == string(c.codec.Level()),
			used:   info.ModTime(),
			needed: info.ModTime(),
		}
		if index, err := os.Stat(filepath.Join(c.dir, p.name, indexName)); err == nil && index.ModTime().After(p.needed) {
			p.needed = index.ModTime()
		}
		if !now.IsZero() && p.needed.After(now.Add(clockSkew)) {
			c.correct(&p, now)
		}
		packs = append(packs, p)
	}
	slices.SortStableFunc(packs, func(a, b cachedPack) int {
		if a.wanted != b.wanted {
			if a.wanted {
				return 1
			}
			return -1
		}
		return cmp.Or(a.used.Compare(b.used), cmp.Compare(a.name, b.name))
	})
	return packs, nil
}

// clockSkew is how far a time may be in the future because disks have clocks of their own.
const clockSkew = time.Minute

// correct makes a pack that was used or wanted at a time that is yet to come, because a
// clock was wrong, used now: otherwise it stayed until then.
func (c *Cache) correct(p *cachedPack, now time.Time) {
	folder := filepath.Join(c.dir, p.name)
	_ = os.Chtimes(filepath.Join(folder, indexName), time.Time{}, now)
	_ = os.Chtimes(folder, time.Time{}, now)
	if info, err := os.Stat(folder); err == nil {
		p.used, p.needed = info.ModTime(), now
	}
}

// inUse says whether a pack is open in this process, or being made.
func (c *Cache) inUse(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for digest := range c.busy {
		if c.name(digest) == name {
			return true
		}
	}
	return c.open[name] > 0
}

// remove removes a pack, unless it is in use or was used since it was listed, and
// returns how many bytes that freed.
func (c *Cache) remove(p cachedPack) (freed int64, err error) {
	path := filepath.Join(c.dir, p.name)
	err = c.evict(path, func() bool {
		info, err := os.Lstat(path)
		if err != nil || !info.ModTime().Equal(p.used) || c.inUse(p.name) {
			return false
		}
		if freed = p.size; freed == 0 {
			freed = usage(path)
		}
		return true
	})
	return freed, err
}

// touch records that a pack was used, by the disk's clock, like all other times of
// files. If that fails, the pack only goes earlier.
func touch(dir string) {
	times := []unix.Timespec{{Nsec: unix.UTIME_OMIT}, {Nsec: unix.UTIME_NOW}}
	_ = unix.UtimesNanoAt(unix.AT_FDCWD, dir, times, 0)
}

// Usage is how many bytes of disk the cache takes. It looks at every file.
func (c *Cache) Usage() int64 { return usage(c.dir) }

// Size is how many bytes of disk the cache takes: as it was when that was asked for first, or
// by Collect with a Size, and what this process has made since then.
func (c *Cache) Size() int64 {
	c.measure.Do(func() { c.size.Store(c.Usage()) })
	return c.size.Load()
}

// usage is how many bytes of disk the files in a folder take, without holes.
func usage(dir string) int64 {
	var n int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if info, err := d.Info(); err == nil {
			if st, ok := info.Sys().(*syscall.Stat_t); ok {
				n += st.Blocks * 512
			}
		}
		return nil
	})
	return n
}
