package squashfstest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"lxdocker/internal/testenv"
)

// Reader is one of the three programs that read images.
type Reader struct {
	Name string

	need func(t *testing.T)
	// nodes lists what an image holds. dir is an empty folder that nodes may use, and
	// that is removed afterwards.
	nodes func(image, dir string) (map[string]Node, error)
	// show puts files of an image into a folder.
	show func(t *testing.T, image, dir string, names []string) error
}

// Readers lists all readers, in an order in which no Need hides that of another one.
func Readers() []Reader { return []Reader{unsquashfs(), rdsquashfs(), kernel()} }

// Need skips a test if the reader cannot work here, and says why. In CI, as package testenv
// has it, the test fails.
func (r Reader) Need(t *testing.T) {
	t.Helper()
	testenv.NeedsRoot(t) // only root can set the owners of files
	r.need(t)
}

// Show returns a read-only folder with these files of an image, and maybe others.
func (r Reader) Show(t *testing.T, image string, names ...string) (dir string) {
	t.Helper()
	r.Need(t)
	dir = t.TempDir()
	if err := r.show(t, image, dir, names); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Expect reads an image with all readers, each in a subtest of its own, and compares the
// results.
func Expect(t *testing.T, image string, want map[string]Node) {
	t.Helper()
	ExpectOf(t, Readers(), image, want)
}

// ExpectOf is Expect with some of the readers, where others cannot work.
func ExpectOf(t *testing.T, readers []Reader, image string, want map[string]Node) {
	t.Helper()
	t.Run("readers", func(t *testing.T) {
		for _, r := range readers {
			t.Run(r.Name, func(t *testing.T) {
				t.Parallel()
				r.Need(t)
				differ, err := r.compare(image, want)
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range differ[:min(20, len(differ))] {
					t.Error(d)
				}
				if n := len(differ) - 20; n > 0 {
					t.Errorf("and %d more", n)
				}
			})
		}
	})
}

// Able returns the readers that can work here, for Check, which cannot skip. Each of the
// others has a skipped subtest.
func Able(t *testing.T) (able []Reader) {
	t.Helper()
	for _, r := range Readers() {
		t.Run(r.Name, func(t *testing.T) {
			r.Need(t)
			able = append(able, r)
		})
	}
	return able
}

// Check is Expect without a testing.T.
func Check(readers []Reader, image string, want map[string]Node) error {
	errs := make([]error, len(readers))
	var all sync.WaitGroup
	for i, r := range readers {
		all.Go(func() {
			differ, err := r.compare(image, want)
			if err == nil && differ != nil {
				err = errors.New(strings.Join(differ, "\n\t"))
			}
			if err != nil {
				errs[i] = fmt.Errorf("%s: %w", r.Name, err)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// compare gives the reader a folder in memory: other file systems may have no
// room for large extended attributes, and are slower.
func (r Reader) compare(image string, want map[string]Node) ([]string, error) {
	image, err := filepath.Abs(image)
	if err != nil {
		return nil, err
	}
	memory := "/dev/shm"
	if _, err := os.Stat(memory); err != nil {
		memory = ""
	}
	dir, err := os.MkdirTemp(memory, "squashfstest-")
	if err != nil {
		return nil, err
	}
	got, err := r.nodes(image, dir)
	return Compare(want, got), errors.Join(err, os.RemoveAll(dir))
}
