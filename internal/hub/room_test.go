package hub

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lxdocker/internal/failure"
	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// shelf is a hub with a limit of its disk, whose clock stands until it is set, and whose
// converter asks for room as the real one does.
type shelf struct {
	*fixture
	*Hub
	clock atomic.Int64 // seconds since the epoch
	size  int64        // of the next images
	sum   string       // of their file; "": each has its own
	note  int64        // bytes of the note of each
	end   func()
}

func newShelf(t *testing.T, limit int64) *shelf {
	s := &shelf{fixture: newFixture(t), size: 30}
	s.clock.Store(1_795_000_000)
	s.fixture.now = func() time.Time { return time.Unix(s.clock.Load(), 0) }
	s.fixture.made = func(v image.Version) (image.Version, error) {
		sum := s.sum
		if sum == "" {
			sum = v.Source
		}
		v.Files = []image.File{{Kind: image.Squashfs, Name: "rootfs.squashfs", Size: s.size, SHA256: sum}}
		v.Note = s.note
		return v, s.Hub.Claim(t.Context(), v.Product(), s.size, true)
	}
	// A journal, or what is there counts as asked for when the hub has begun.
	if err := replace(filepath.Join(s.dir, "cache", "asked.json"), []byte("[]")); err != nil {
		t.Fatal(err)
	}
	s.Hub, s.end = s.fixture.hub(func(o *Options) { o.Limits.Disk = limit })
	// It takes up what it finds broken off, which a test may only make later: an image that
	// was requested and has gone.
	s.LookNow()
	soon(t, "the hub has begun", func() bool { return len(s.Hub.now) == 0 })
	return s
}

// ask asks for an image an hour later.
func (s *shelf) ask(name string) error {
	s.t.Helper()
	s.clock.Add(3600)
	_, err := s.Hub.Image(s.t.Context(), name, "amd64", "c")
	return err
}

func (s *shelf) mustAsk(names ...string) {
	s.t.Helper()
	for _, name := range names {
		if err := s.ask(name); err != nil {
			s.t.Fatalf("%s: %v", name, err)
		}
	}
}

// has lists what there is, by the last words of references.
func (s *shelf) has() (all []string) {
	versions, _ := s.Versions()
	for _, v := range versions {
		all = append(all, strings.TrimSuffix(strings.TrimPrefix(v.Source, "docker.io/library/"), ":latest"))
	}
	slices.Sort(all)
	return all
}

func (s *shelf) mustHave(when string, want ...string) {
	s.t.Helper()
	if got := s.has(); !slices.Equal(got, want) {
		s.t.Errorf("%s, there is %v, not %v", when, got, want)
	}
}

func (s *shelf) bytes() int64 {
	s.t.Helper()
	d, err := s.Disk()
	if err != nil {
		s.t.Fatal(err)
	}
	return d.Bytes
}

func TestWhatNobodyAskedForForLongestMakesRoom(t *testing.T) {
	s := newShelf(t, 100)
	s.mustAsk("a", "b", "c")
	s.mustHave("with room for three", "a", "b", "c")
	s.mustAsk("a", "d")
	s.mustHave("after a fourth", "a", "c", "d")
	for i := range 20 {
		s.mustAsk(fmt.Sprintf("x%02d", i), "a")
		if n := s.bytes(); n > 100 {
			t.Fatalf("they take %d bytes", n)
		}
	}
	s.mustHave("at the end", "a", "x18", "x19")
	s.end()
	s.Hub, s.end = s.fixture.hub(func(o *Options) { o.Limits.Disk = 100 })
	s.mustAsk("a")
	if n := s.count("docker.io/library/b:latest"); n != 1 {
		t.Errorf("after a restart, what was removed has been converted %d times", n)
	}
	s.mustHave("after a restart", "a", "x18", "x19")
}

func TestWhatARegistryExpectsRemovesNothing(t *testing.T) {
	s := newShelf(t, 100)
	s.mustAsk("a", "b", "c")
	if err := s.Claim(t.Context(), image.OnDemand("x", "amd64"), 99, false); err != nil {
		t.Error(err)
	}
	if err := s.Claim(t.Context(), image.OnDemand("x", "amd64"), 101, false); !is(err, failure.TooLarge) || strings.Contains(failure.PublicText(err), "--") {
		t.Errorf("what never fits: %v", err)
	}
	s.size = 101
	if err := s.ask("large"); !is(err, failure.TooLarge) {
		t.Errorf("what turned out not to fit: %v", err)
	}
	s.mustHave("after all that", "a", "b", "c")
}

func TestSharedFilesTakeRoomOnce(t *testing.T) {
	s := newShelf(t, 100)
	s.sum = "one"
	for i := range 21 {
		s.mustAsk(fmt.Sprint("app:made-up-", i))
	}
	if n := s.bytes(); n != 30 || len(s.has()) != 21 {
		t.Errorf("of %v, the bytes are %d", s.has(), n)
	}
	s.sum = ""
	s.mustAsk("b", "c", "d")
	if n := s.bytes(); n > 100 {
		t.Errorf("they take %d bytes", n)
	}
	s.mustHave("when their file has gone", "b", "c", "d")
}

func TestNotesOfWhatIsInImagesTakeRoom(t *testing.T) {
	s := newShelf(t, 100)
	s.note = 20
	s.mustAsk("a", "b", "c")
	if n := s.bytes(); n != 100 {
		t.Errorf("they take %d bytes", n)
	}
	s.mustHave("when the last one was made", "b", "c")
}

func TestWhatIsNotRemovedToMakeRoom(t *testing.T) {
	s := newShelf(t, 100)
	s.set(func() {
		s.versions = append(s.versions, image.Version{Name: "spec", Architecture: "amd64", Serial: "20260101_000000", Source: "spec", Files: []image.File{{Size: 1000, SHA256: "spec"}}})
	})
	s.mustAsk("pinned", "b", "c")
	since := s.fixture.now()
	s.set(func() {
		for i, v := range s.versions {
			if strings.Contains(v.Source, "/pinned") {
				s.versions[i].Pinned = &since
			}
		}
	})
	s.mustAsk("d", "e", "f")
	s.mustHave("after six", "e", "f", "pinned", "spec")
	if n := s.bytes(); n != 90 {
		t.Errorf("without those of specs they take %d", n)
	}
}

func TestWhatIsRetiredGoesFirst(t *testing.T) {
	s := newShelf(t, 100)
	s.mustAsk("a", "b", "c")
	versions, _ := s.Versions()
	if err := s.Drop(t.Context(), versions[2]); err != nil {
		t.Fatal(err)
	}
	s.mustAsk("d")
	s.mustHave("though c was asked for last", "a", "b", "d")
}

func TestWhatWasAskedForJustNowIsSparedInHalfOfTheRoom(t *testing.T) {
	s := newShelf(t, 100)
	s.mustAsk("old", "a")
	ask := func(name string) error {
		_, err := s.Hub.Image(t.Context(), name, "amd64", "c")
		return err
	}
	if err := ask("b"); err != nil {
		t.Fatal(err)
	}
	if err := ask("c"); err != nil {
		t.Fatal(err)
	}
	s.mustHave("of three that were asked for just now", "a", "b", "c")
	if err := ask("d"); err != nil { // 30 of 50 are spared
		t.Errorf("a fourth is refused: %v", err)
	}
	if n := s.bytes(); n > 100 {
		t.Errorf("they take %d", n)
	}
	s.size = 80
	if err := ask("large"); !is(err, failure.Full) || failure.PublicText(err) == "" {
		t.Errorf("what needs the room that is spared: %v", err)
	}
	s.mustAsk("large")
	s.mustHave("later", "large")
}

func TestALimitThatBecameLowerCounts(t *testing.T) {
	s := newShelf(t, 100)
	s.mustAsk("a", "b", "c")
	s.end()
	s.clock.Add(3600)
	_, s.end = s.fixture.hub(func(o *Options) { o.Limits.Disk = 70 })
	soon(t, "within the limit", func() bool { return len(s.has()) == 2 })
	s.mustHave("after it", "b", "c")
}

func TestWhatCannotBeRemovedKeepsNothingFromBeing(t *testing.T) {
	s := newShelf(t, 100)
	s.mustAsk("a", "b", "c")
	versions, _ := s.Versions()
	s.set(func() { s.stuck = map[image.ID]bool{versions[0].ID(): true} })
	s.mustAsk("d", "e")
	s.mustHave("though a cannot be removed", "a", "d", "e")
}

func TestADiskThatIsFullIsMadeRoomOnByWhatNobodyAsksFor(t *testing.T) {
	s := newShelf(t, 0)
	s.mustAsk("a", "b", "c")
	s.Free(t.Context(), 10)
	s.mustHave("while all were asked for today", "a", "b", "c")
	s.clock.Add(23 * 3600)
	s.Free(t.Context(), 61)
	s.mustHave("if that does not help", "a", "b", "c")
	s.Free(t.Context(), 31)
	s.mustHave("for 31 bytes", "c")
	if d, err := s.Disk(); err != nil || d.Removed != 2 || d.Bytes != 30 {
		t.Errorf("it is %+v, %v", d, err)
	}
}

// TestATallyIsWhatIsThere publishes, retires and removes anything, and counts anew.
func TestATallyIsWhatIsThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var kept tally
		all, now := map[image.ID]image.Version{}, store.NewSnapshot(nil, nil)
		for i := range rapid.IntRange(1, 20).Draw(t, "steps") {
			name := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "name")
			if rapid.Bool().Draw(t, "publish") {
				v := image.Version{Name: name, Architecture: "amd64", Hub: rapid.Bool().Draw(t, "hub"), Source: name, Serial: fmt.Sprintf("20261123_1015%02d", i)}
				for range rapid.IntRange(1, 2).Draw(t, "files") {
					n := rapid.Int64Range(1, 4).Draw(t, "file")
					v.Files = append(v.Files, image.File{Size: n, SHA256: fmt.Sprint(n)})
				}
				all[v.ID()] = v
			} else {
				for id := range all {
					if id.Name == name {
						delete(all, id)
						break
					}
				}
			}
			var list []image.Version
			for _, v := range all {
				list = append(list, v)
			}
			next := store.NewSnapshot(list, nil)
			changed := map[image.Product]image.Packed{}
			for _, p := range next.Changed(now) {
				changed[p] = next.PackedProduct(p)
			}
			now = now.With(changed, nil)
			kept.follow(now)
			sums, versions := map[string]int64{}, 0
			for _, v := range list {
				if v.Hub {
					versions++
					for _, f := range v.Files {
						sums[f.SHA256] = f.Size
					}
				}
			}
			var want int64
			for _, n := range sums {
				want += n
			}
			if kept.bytes != want || kept.images != versions || len(kept.files) != len(sums) {
				t.Fatalf("counted are %d bytes of %d versions and %d files; there are %d of %d and %d", kept.bytes, kept.images, len(kept.files), want, versions, len(sums))
			}
		}
	})
}

func TestAClaimEndsWithItsConversion(t *testing.T) {
	s := newShelf(t, 100)
	failing := s.fixture.made
	s.fixture.made = func(v image.Version) (image.Version, error) {
		if _, err := failing(v); err != nil {
			return v, err
		}
		return v, context.DeadlineExceeded
	}
	for i := range 10 {
		if err := s.ask(fmt.Sprint("x", i)); !is(err, failure.Unavailable) {
			t.Fatal(err)
		}
	}
	s.fixture.made = failing
	s.mustAsk("a", "b", "c")
	s.mustHave("after conversions that failed", "a", "b", "c")
}

// TestAFileThatIsSharedWithWhatIsRemoved is there all the same.
func TestAFileThatIsSharedWithWhatIsRemoved(t *testing.T) {
	s := newShelf(t, 100)
	s.sum = "one"
	s.mustAsk("app:one")
	s.sum = ""
	s.mustAsk("b", "c")
	// The next one has app:one's file, and nothing of its own but some metadata, for which
	// app:one goes.
	made := s.fixture.made
	s.fixture.made = func(v image.Version) (image.Version, error) {
		v.Files = []image.File{{Size: 30, SHA256: "one"}, {Size: 15, SHA256: v.Source}}
		return v, s.Hub.Claim(t.Context(), v.Product(), 15, true)
	}
	s.mustAsk("app:two")
	s.fixture.made = made
	if n := s.bytes(); n > 100 {
		t.Errorf("they take %d bytes", n)
	}
	s.mustHave("at the end", "app:two", "c")
}
