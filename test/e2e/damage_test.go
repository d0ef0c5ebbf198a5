//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestDamagedCache: a disk may lose a bit anywhere in any file of the cache. The
// next run that needs it ends well, with the right image.
func TestDamagedCache(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	// Two specs in turn, so that each run has an image to assemble.
	round := func(n int) string {
		s.write(t, "layered", fmt.Sprintf("image: %s\nenv: {ROUND: %q}\n", imageRef("layered"), fmt.Sprint(n%2)))
		s.build(t)
		return mustOffer(t, s, nil, "layered")["layered"].fingerprint
	}
	want := []string{round(0), round(1)}
	if want[0] == want[1] {
		t.Fatal("the two specs give one image: nothing would be assembled")
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	files := s.cached(t)
	for _, part := range []string{"layers", "manifests"} {
		if !slices.ContainsFunc(files, func(file string) bool { return strings.HasPrefix(file, filepath.Join(s.cache, part)) }) {
			t.Fatalf("the cache has no %s, only %q", part, files)
		}
	}
	remade := 0
	for n, file := range files {
		good := read(t, file)
		at := random.IntN(len(good))
		bad := bytes.Clone(good)
		bad[at] ^= 1 << random.IntN(8)
		// A new file, as the old one may be known to be good.
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := round(n); got != want[n%2] {
			t.Errorf("with byte %d of %d flipped in %s the image is %s, not %s", at, len(good), file, got, want[n%2])
		}
		// Where it does not matter it may have stayed.
		if now, err := os.ReadFile(file); err == nil && bytes.Equal(now, bad) {
			if err := os.WriteFile(file, good, 0o600); err != nil {
				t.Fatal(err)
			}
		} else {
			remade++
		}
	}
	t.Logf("of %d damaged files %d were made again", len(files), remade)
	// In blocks of files that upper layers replace, damage does not matter.
	if remade < len(files)/2 {
		t.Errorf("of %d damaged files only %d were made again: is the cache used at all?", len(files), remade)
	}
}

// cached lists all files of the cache that hold anything.
func (s *site) cached(t *testing.T) (files []string) {
	t.Helper()
	err := filepath.WalkDir(s.cache, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if info, err := d.Info(); err != nil || info.Size() == 0 {
			return err
		}
		files = append(files, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
