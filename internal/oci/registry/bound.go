package registry

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// onDisk is about how many bytes of disk a file takes.
func onDisk(size int64) int64 {
	const block = 4096
	return (size + block - 1) / block * block
}

// Bound removes documents that were fetched for strangers, the oldest first, if these take
// more than so many bytes of disk. Each is fetched again when it is needed. It costs
// nothing as long as they take less.
func (c *Client) Bound(bytes int64) error {
	c.bound.Lock()
	defer c.bound.Unlock()
	if c.bounded && c.kept.Load() <= bytes {
		return nil
	}
	type document struct {
		path string
		size int64
		at   time.Time
	}
	var all []document
	before, total := c.kept.Load(), int64(0)
	err := filepath.WalkDir(filepath.Join(c.cache.dir, strangersFolder), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, cacheSuffix) {
			return nil // another process was faster, or there are none
		}
		if st, err := d.Info(); err == nil {
			all = append(all, document{path, onDisk(st.Size()), st.ModTime()})
			total += onDisk(st.Size())
		}
		return nil
	})
	if err == nil && total > bytes {
		slices.SortFunc(all, func(a, b document) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.path, b.path)) })
		for _, d := range all {
			if total <= bytes-bytes/8 { // or the next one would have to go through all again
				break
			}
			if e := os.Remove(d.path); e != nil && !errors.Is(e, fs.ErrNotExist) {
				err = errors.Join(err, e)
				continue
			}
			total -= d.size
		}
	}
	c.kept.Add(total - before) // others may have added to it meanwhile
	c.bounded = true
	if err != nil {
		return fmt.Errorf("removing documents of images on demand: %w", err)
	}
	return nil
}
