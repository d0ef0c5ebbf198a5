package layer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"lxdocker/internal/block"
	"lxdocker/internal/layer"
)

// noise is what does not compress.
func noise(seed byte, size int) string {
	out := make([]byte, size)
	rand.NewChaCha8([32]byte{seed}).Read(out)
	return string(out)
}

// variedArchive has contents of many sizes and sorts, and some twice.
func variedArchive(tb testing.TB) []byte {
	members := []member{
		file("large", strings.Repeat("text and ", 300_000)),
		file("empty", ""),
		file("noise", noise(1, 2*block.Size+77)),
		file("zeros", strings.Repeat("\x00", 3*block.Size)),
		file("again/large", strings.Repeat("text and ", 300_000)),
		file("again/noise", noise(1, 2*block.Size+77)),
	}
	for i := range 60 {
		members = append(members, file(fmt.Sprintf("small/%02d", i), noise(byte(i%50), i%50*1500)))
	}
	return archiveOf(tb, members...)
}

// files reads the two files of a pack.
func files(tb testing.TB, dir, digest string) (index, blocks []byte) {
	tb.Helper()
	var got [2][]byte
	for i, name := range []string{"index", "blocks"} {
		var err error
		if got[i], err = os.ReadFile(filepath.Join(dir, folder(digest), name)); err != nil {
			tb.Fatal(err)
		}
	}
	return got[0], got[1]
}

func TestSameLayerSameBytesHoweverItComes(t *testing.T) {
	archive := variedArchive(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	blob := compressed(t, "gzip", archive)
	want := describe(blob, archive)
	var index, blocks []byte
	counts := []int{1, 2, 8}
	if testing.Short() {
		counts = counts[2:] // what the race detector sees on fewer, it sees there
	}
	for _, cores := range counts {
		runtime.GOMAXPROCS(cores)
		c := block.NewCodec(block.Fast)
		for behaviour, wrap := range map[string]func(io.Reader) io.Reader{
			"at once":         func(r io.Reader) io.Reader { return r },
			"in halves":       iotest.HalfReader,
			"in odd pieces":   func(r io.Reader) io.Reader { return &pieces{r, 1021} },
			"data with EOF":   iotest.DataErrReader,
			"in large pieces": func(r io.Reader) io.Reader { return &pieces{r, 300_001} },
		} {
			dir := t.TempDir()
			cache, err := layer.Open(dir, 0, c)
			if err != nil {
				t.Fatal(err)
			}
			p, err := cache.Pack(context.Background(), want, func(context.Context) (io.ReadCloser, error) {
				return io.NopCloser(wrap(bytes.NewReader(blob))), nil
			})
			if err != nil {
				t.Fatal(err)
			}
			p.Close()
			gotIndex, gotBlocks := files(t, dir, want.Digest)
			if index == nil {
				index, blocks = gotIndex, gotBlocks
			}
			if !bytes.Equal(gotIndex, index) || !bytes.Equal(gotBlocks, blocks) {
				t.Errorf("on %d cores, %s, the pack is another one", cores, behaviour)
			}
		}
	}
}

// pieces reads at most so many bytes at a time.
type pieces struct {
	io.Reader
	size int
}

func (r *pieces) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(len(p), r.size)]) }

func TestWhatALayerHasTwiceIsStoredOnce(t *testing.T) {
	large, small := noise(1, block.Size+5), noise(2, 3000)
	size := func(members ...member) int {
		dir := t.TempDir()
		archive := archiveOf(t, members...)
		p, err := pack(t, dir, 0, describe(archive, archive), archive)
		if err != nil {
			t.Fatal(err)
		}
		for e := range p.Entries() {
			if got := content(t, e); got != large && got != small {
				t.Errorf("%s is not what it was", e.Name)
			}
		}
		_, blocks := files(t, dir, digestOf(archive))
		return len(blocks)
	}
	once := size(file("a", large), file("b", small))
	if twice := size(file("a", large), file("b", small), file("c", small), file("d", large)); twice != once {
		t.Errorf("%d bytes instead of %d", twice, once)
	}
}

func TestOneLayerAtTwoLevels(t *testing.T) {
	if testing.Short() {
		t.Skip("it computes for long")
	}
	dir := t.TempDir()
	archive := variedArchive(t)
	sizes := map[block.Level]int64{}
	var want []string
	for range 2 {
		for _, level := range []block.Level{block.Fast, block.Best} {
			cache, err := layer.Open(dir, 0, block.NewCodec(level))
			if err != nil {
				t.Fatal(err)
			}
			known := sizes[level] > 0
			p, err := cache.Pack(context.Background(), describe(archive, archive), func(ctx context.Context) (io.ReadCloser, error) {
				if known {
					return nil, errors.New("it is in the cache")
				}
				return serve(archive)(ctx)
			})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			if want == nil {
				want = list(t, p)
			}
			if !slices.Equal(list(t, p), want) {
				t.Errorf("at level %s it is another layer", level)
			}
			for e := range p.Entries() {
				if e.Name == "large" {
					s, _ := storedAt(e.Inode.Content)
					sizes[level] = s.Table().Size
				}
			}
		}
	}
	if sizes[block.Best] >= sizes[block.Fast] {
		t.Errorf("the sizes are %v", sizes)
	}
}

func TestManyPacksAtOnce(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	cache, err := layer.Open(t.TempDir(), 0, block.NewCodec(block.Fast)) // three blocks at once for all
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 12 {
		body, small := noise(byte(i), 3*block.Size+i), strings.Repeat(fmt.Sprint(i), 1000)
		archive := archiveOf(t, file("a", body), file("b", small), file("c", strings.Repeat("\x00", 2*block.Size)))
		wg.Go(func() {
			b, blob := describe(archive, archive), archive
			if i%4 == 0 {
				blob = archive[:len(archive)/2] // some are broken
			}
			p, err := cache.Pack(context.Background(), b, serve(blob))
			if (err != nil) != (i%4 == 0) {
				t.Errorf("layer %d: %v", i, err)
			}
			if err != nil {
				return
			}
			defer p.Close()
			for e := range p.Entries() {
				data, err := io.ReadAll(e.Inode.Content.Open())
				if err != nil || e.Name == "a" && string(data) != body || e.Name == "b" && string(data) != small {
					t.Errorf("layer %d: %s is not what it was: %v", i, e.Name, err)
				}
			}
		})
	}
	wg.Wait()
}
