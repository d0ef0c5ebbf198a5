package layer_test

import (
	"context"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/block"
	"lxdocker/internal/layer"
)

// cacheFixture is a cache with packs that a test may collect. Each has 100 KiB.
type cacheFixture struct {
	*testing.T
	dir     string
	cache   *layer.Cache
	now     time.Time
	digests map[string]string // by the name that the test uses
}

func newCacheFixture(t *testing.T) *cacheFixture {
	t.Helper()
	s := &cacheFixture{T: t, dir: t.TempDir(), now: time.Now(), digests: map[string]string{}}
	s.cache = s.open(block.Fast)
	return s
}

func (s *cacheFixture) open(level block.Level) *layer.Cache {
	s.Helper()
	c := codec()
	if level != c.Level() {
		c = block.NewCodec(level)
	}
	cache, err := layer.Open(s.dir, 0, c)
	if err != nil {
		s.Fatal(err)
	}
	return cache
}

// pack makes or opens a pack that was last used some days ago, before this.
func (s *cacheFixture) pack(cache *layer.Cache, name string, days int) *layer.Pack {
	s.Helper()
	noise := make([]byte, 100<<10)
	rand.NewChaCha8([32]byte([]byte(strings.Repeat(name, 32)[:32]))).Read(noise)
	archive := archiveOf(s, file(name, string(noise)))
	p, err := cache.Pack(context.Background(), describe(archive, archive), serve(archive))
	if err != nil {
		s.Fatal(err)
	}
	s.digests[name] = p.Digest()
	if days > 0 {
		s.date(name, days)
	}
	return p
}

func (s *cacheFixture) date(name string, days int) {
	s.Helper()
	used := s.now.AddDate(0, 0, -days)
	for _, folder := range s.folders(name) {
		for _, path := range []string{filepath.Join(folder, "index"), folder} {
			if err := os.Chtimes(path, used, used); err != nil {
				s.Fatal(err)
			}
		}
	}
}

func (s *cacheFixture) folders(name string) []string {
	paths, _ := filepath.Glob(filepath.Join(s.dir, s.digests[name][len("sha256:"):]+".*"))
	return paths
}

// keep wants the packs of names.
func (s *cacheFixture) keep(names ...string) func(string) bool {
	return func(digest string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return s.digests[name] == digest })
	}
}

// collect expects that some packs stay, and that so much is said to be freed as
// is gone.
func (s *cacheFixture) collect(keep func(string) bool, o layer.Retention, want ...string) {
	s.Helper()
	o.Now = s.now
	before := blocks(s.T, s.dir)
	freed, err := s.cache.Collect(keep, o)
	if err != nil {
		s.Fatal(err)
	}
	if gone := before - blocks(s.T, s.dir); freed < gone || freed > gone+64<<10 { // folders have blocks, too
		s.Errorf("freed %d bytes, but %d are gone", freed, gone)
	}
	var left []string
	for name := range s.digests {
		for range s.folders(name) {
			left = append(left, name)
		}
	}
	slices.Sort(left)
	if !slices.Equal(left, want) {
		s.Errorf("left are %q, want %q", left, want)
	}
}

func TestUnwantedPacksGo(t *testing.T) {
	s := newCacheFixture(t)
	for _, name := range []string{"a", "b", "c"} {
		s.pack(s.cache, name, 0).Close()
	}
	if err := os.Mkdir(filepath.Join(s.dir, ".scratch-crashed"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, ".scratch-crashed", "data"), make([]byte, 50_000), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "README"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.collect(s.keep("b"), layer.Retention{}, "b")
	if left := leftIn(t, s.dir); len(left) != 2 {
		t.Errorf("left are %v", left)
	}
	if freed, err := s.cache.Collect(s.keep("b"), layer.Retention{}); freed != 0 || err != nil {
		t.Errorf("the second time: %d, %v", freed, err)
	}
}

func TestUnwantedPacksGoWhenTheyAreOld(t *testing.T) {
	s := newCacheFixture(t)
	for name, days := range map[string]int{"new": 2, "old": 4, "wanted": 400} {
		s.pack(s.cache, name, days).Close()
	}
	s.collect(s.keep("wanted"), layer.Retention{Age: 3 * 24 * time.Hour}, "new", "wanted")
	s.now = s.now.AddDate(0, 0, 2)
	s.pack(s.cache, "new", 0).Close() // it is used again
	s.collect(s.keep("wanted"), layer.Retention{Age: 3 * 24 * time.Hour}, "new", "wanted")
	s.now = s.now.AddDate(0, 0, 2)
	s.collect(s.keep("wanted"), layer.Retention{Age: 3 * 24 * time.Hour}, "wanted")
}

func TestTheAgeOfPacksThatNobodyOpensIsCountedFromWhenTheyWereWanted(t *testing.T) {
	s := newCacheFixture(t)
	s.pack(s.cache, "quiet", 0).Close()
	s.date("quiet", 400)
	week := layer.Retention{Age: 7 * 24 * time.Hour}
	for range 3 {
		s.collect(s.keep("quiet"), week, "quiet")
		s.now = s.now.AddDate(0, 0, 6)
	}
	s.collect(s.keep(), week, "quiet")
	s.now = s.now.AddDate(0, 0, 2)
	s.collect(s.keep(), week)
}

func TestAPackIsNotUsedByBeingWanted(t *testing.T) {
	s := newCacheFixture(t)
	for name, days := range map[string]int{"long ago": 9, "lately": 1} {
		s.pack(s.cache, name, days).Close()
	}
	s.collect(s.keep("long ago", "lately"), layer.Retention{}, "lately", "long ago")
	s.collect(s.keep("long ago", "lately"), layer.Retention{Size: 150 << 10}, "lately")
}

func TestNoPackReachesTheAgeForever(t *testing.T) {
	s := newCacheFixture(t)
	s.pack(s.cache, "old", 0).Close()
	s.now = s.now.AddDate(100, 0, 0)
	s.collect(s.keep(), layer.Retention{Age: layer.Forever}, "old")
}

func TestACacheThatIsTooLargeLosesWhatWasUsedLongestAgo(t *testing.T) {
	for behaviour, c := range map[string]struct {
		size int64
		used string // once more, after all others
		want []string
	}{
		"no limit":                                {0, "", []string{"unwanted 1", "unwanted 3", "wanted 2", "wanted 4"}},
		"room for all":                            {1 << 20, "", []string{"unwanted 1", "unwanted 3", "wanted 2", "wanted 4"}},
		"room for three":                          {400 << 10, "", []string{"unwanted 1", "wanted 2", "wanted 4"}},
		"room for two":                            {270 << 10, "", []string{"wanted 2", "wanted 4"}},
		"room for one":                            {150 << 10, "", []string{"wanted 2"}},
		"room for none":                           {1, "", nil},
		"room for two, after another was used":    {270 << 10, "unwanted 3", []string{"wanted 2", "wanted 4"}},
		"room for one, after another was used":    {150 << 10, "wanted 4", []string{"wanted 4"}},
		"room for three, in another order of use": {400 << 10, "unwanted 3", []string{"unwanted 3", "wanted 2", "wanted 4"}},
	} {
		t.Run(behaviour, func(t *testing.T) {
			s := newCacheFixture(t)
			for name, days := range map[string]int{"unwanted 1": 1, "wanted 2": 2, "unwanted 3": 3, "wanted 4": 4} {
				s.pack(s.cache, name, days).Close()
			}
			if c.used != "" {
				s.pack(s.cache, c.used, 0).Close()
			}
			s.collect(s.keep("wanted 2", "wanted 4"), layer.Retention{Size: c.size, Age: 1000 * time.Hour}, c.want...)
		})
	}
}

func TestOpenPacksStay(t *testing.T) {
	s := newCacheFixture(t)
	first := s.pack(s.cache, "open", 9)
	second := s.pack(s.cache, "open", 9)
	s.pack(s.cache, "closed", 1).Close()
	first.Close()
	first.Close() // counts only once
	s.collect(s.keep(), layer.Retention{Size: 1}, "open")
	s.collect(s.keep(), layer.Retention{}, "open")
	list(t, second)
	second.Close()
	s.collect(s.keep("open"), layer.Retention{Size: 1})
}

func TestPacksThatOthersHaveOpenStayReadable(t *testing.T) {
	s := newCacheFixture(t)
	p := s.pack(s.open(block.Fast), "open elsewhere", 1) // another Cache is like another process
	defer p.Close()
	s.collect(s.keep(), layer.Retention{})
	if len(list(t, p)) != 1 {
		t.Error("it is not readable any more")
	}
}

func TestAPackThatIsUsedMeanwhileStays(t *testing.T) {
	s := newCacheFixture(t)
	s.pack(s.cache, "used", 3).Close()
	s.pack(s.cache, "unused", 3).Close()
	other := s.open(block.Fast) // is like another process
	s.collect(func(digest string) bool {
		if digest == s.digests["used"] {
			s.pack(other, "used", 0).Close()
		}
		return false
	}, layer.Retention{Age: time.Hour}, "used")
}

func TestPacksOfOtherLevelsAreUnwanted(t *testing.T) {
	s := newCacheFixture(t)
	s.pack(s.cache, "a", 0).Close()
	s.date("a", 3)
	s.pack(s.open(block.Default), "a", 0).Close()
	s.pack(s.open(block.Best), "b", 0).Close()
	age := 24 * time.Hour
	s.collect(s.keep("a", "b"), layer.Retention{Age: age, Size: 400 << 10}, "a", "a", "b")
	s.collect(s.keep("a", "b"), layer.Retention{Age: age, Size: 270 << 10}, "a", "b") // they count, and go first
	if len(s.folders("a")) != 1 || !strings.HasSuffix(s.folders("a")[0], ".fast") {
		t.Errorf("left are %q", s.folders("a"))
	}
	s.collect(s.keep("a", "b"), layer.Retention{}, "a")
}

func TestCollectLeavesWhatIsBeingMade(t *testing.T) {
	archive := archiveOf(t, file("a", "a"))
	dir := t.TempDir()
	cache, err := layer.Open(dir, 0, codec())
	if err != nil {
		t.Fatal(err)
	}
	nothing := func(string) bool { return false }
	p, err := cache.Pack(context.Background(), describe(archive, archive), func(ctx context.Context) (io.ReadCloser, error) {
		// Now that the pack is half made, another run starts, and ends.
		other, err := layer.Open(dir, 0, codec())
		if err != nil {
			return nil, err
		}
		for _, c := range []*layer.Cache{other, cache} {
			if _, err := c.Collect(nothing, layer.Retention{Size: 1}); err != nil {
				return nil, err
			}
		}
		return serve(archive)(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Close()
}

func TestAPackThatWasUsedInTheFutureIsUsedNow(t *testing.T) {
	s := newCacheFixture(t)
	s.pack(s.cache, "ahead", 0).Close()
	s.pack(s.cache, "right", 1).Close()
	s.date("ahead", -3650)
	week := layer.Retention{Age: 7 * 24 * time.Hour}
	s.collect(s.keep(), week, "ahead", "right")
	s.now = s.now.AddDate(0, 0, 6).Add(time.Hour)
	s.collect(s.keep(), week, "ahead")
	s.now = s.now.AddDate(0, 0, 1)
	s.collect(s.keep(), week)
}

func TestTheSizeOfACacheIsKnown(t *testing.T) {
	s := newCacheFixture(t)
	s.pack(s.cache, "a", 3).Close()
	near := func(what string) {
		t.Helper()
		if is, want := s.cache.Size(), blocks(t, s.dir); is < want-32<<10 || is > want+32<<10 {
			t.Errorf("%s: %d bytes, and %d are there", what, is, want)
		}
	}
	near("measured")
	for _, name := range []string{"b", "c", "d"} {
		s.pack(s.cache, name, 2).Close()
	}
	near("with others that were made")
	s.collect(s.keep(), layer.Retention{Size: 250 << 10, Age: layer.Forever}, "c", "d")
	near("without some")
}
