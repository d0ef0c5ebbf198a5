package registry

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"lxdocker/internal/durable"
	"lxdocker/internal/oci"
)

// cache keeps manifests, indexes and configs in a folder, each in a file named by
// its digest. Files are verified on every read, so a crash cannot corrupt it.
type cache struct {
	dir  string
	log  *slog.Logger
	kept *atomic.Int64 // told how many bytes of disk are taken; nil: nobody counts
}

const (
	cacheSuffix = ".json"
	tempPrefix  = ".tmp-"
)

func (c cache) path(digest string) string {
	return filepath.Join(c.dir, strings.TrimPrefix(digest, "sha256:")+cacheSuffix)
}

// get returns a document of at most limit bytes. It removes a file whose content
// does not match its name.
func (c cache) get(digest string, limit int64) ([]byte, bool) {
	path := c.path(digest)
	f, err := os.Open(path)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil || int64(len(b)) > limit {
		return nil, false
	}
	if oci.DigestOf(b) != digest {
		c.log.Warn("removing a damaged file from the manifest cache", "file", path)
		_ = os.Remove(path)
		return nil, false
	}
	return b, true
}

// put keeps a document. A failure only costs a request later.
func (c cache) put(digest string, b []byte) {
	err := os.MkdirAll(c.dir, 0o755)
	if err == nil {
		err = durable.Replace(c.path(digest), tempPrefix, b)
	}
	if err != nil {
		c.log.Warn("not keeping a manifest", "digest", digest, "error", err)
	} else if c.kept != nil {
		c.kept.Add(onDisk(int64(len(b))))
	}
}

// collect removes the documents that no kept image needs. An image is kept if keep
// returns true for the digest of its manifest; its config and the indexes that lead
// to it, with all that they list, are kept as well. So is whatever is younger than
// age. Temporary files of a crash are removed after an hour.
func (c cache) collect(keep func(digest string) bool, age time.Duration, now time.Time) error {
	files, err := os.ReadDir(c.dir)
	if err != nil {
		return fmt.Errorf("collecting manifests: %w", err)
	}
	var old bool // there is something that may go
	young := map[string]bool{}
	for _, f := range files {
		st, err := f.Info()
		if err != nil {
			continue // another process was faster
		}
		stem, ok := strings.CutSuffix(f.Name(), cacheSuffix)
		if digest := "sha256:" + stem; ok && oci.ValidDigest(digest) {
			modified := st.ModTime()
			if modified.After(now.Add(time.Minute)) { // a clock was wrong: nothing stays until then
				_ = os.Chtimes(filepath.Join(c.dir, f.Name()), time.Time{}, now)
				modified = now
			}
			young[digest] = now.Sub(modified) < age
			old = old || !young[digest]
		} else if strings.HasPrefix(f.Name(), tempPrefix) && now.Sub(st.ModTime()) > time.Hour {
			_ = os.Remove(filepath.Join(c.dir, f.Name()))
		}
	}
	if !old {
		return nil // mostly: what is used is young
	}
	links := map[string][]string{}
	for digest := range young {
		links[digest] = c.links(digest)
	}
	kept := reachable(links, keep)
	for digest := range links {
		if kept[digest] || young[digest] {
			continue
		}
		if err := os.Remove(c.path(digest)); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("collecting manifests: %w", err)
		}
	}
	return nil
}

// links returns the digests that a document refers to: the config of a manifest,
// the manifests of an index.
func (c cache) links(digest string) []string {
	b, ok := c.get(digest, oci.MaxConfig)
	if !ok {
		return nil
	}
	var d struct {
		Config    struct{ Digest string }
		Manifests []struct{ Digest string }
	}
	if oci.CheckValues(b) != nil || json.Unmarshal(b, &d) != nil {
		return nil // a config may have other types there
	}
	links := []string{d.Config.Digest}
	for _, m := range d.Manifests {
		links = append(links, m.Digest)
	}
	return links
}

// reachable returns the digests that keep selects, those that lead to them, and all
// that can be reached from any of these.
func reachable(links map[string][]string, keep func(string) bool) map[string]bool {
	kept := map[string]bool{}
	for digest := range links {
		if keep(digest) {
			kept[digest] = true
		}
	}
	for grown := true; grown; { // up
		grown = false
		for from, to := range links {
			for _, d := range to {
				if kept[d] && !kept[from] {
					kept[from], grown = true, true
				}
			}
		}
	}
	var down func(digest string)
	down = func(digest string) {
		for _, d := range links[digest] {
			if _, ours := links[d]; ours && !kept[d] {
				kept[d] = true
				down(d)
			}
		}
	}
	roots := make([]string, 0, len(kept))
	for d := range kept {
		roots = append(roots, d)
	}
	for _, d := range roots {
		down(d)
	}
	return kept
}

// Collect removes the documents from CacheDir that no image needs. An image is kept
// if keep returns true for its Digest. Documents younger than age stay.
func (c *Client) Collect(keep func(digest string) bool, age time.Duration) error {
	if err := c.cache.collect(keep, age, c.pause.now()); err != nil {
		return err
	}
	return c.collectStrangers(keep, age)
}
