package block

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

var levels = []Level{Fast, Default, Best}

// text is what compresses well, and is not the same twice.
func text(seed, size int) []byte {
	r := rand.New(rand.NewPCG(uint64(seed), 0))
	var out bytes.Buffer
	for out.Len() < size {
		for range r.IntN(12) + 1 {
			out.WriteByte("etaoin shrdlu\n"[r.IntN(14)])
		}
		out.WriteString(" and so on ")
	}
	return out.Bytes()[:size]
}

// noise does not compress.
func noise(seed, size int) []byte {
	out := make([]byte, size)
	rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)}).Read(out)
	return out
}

// emptyFile is what a Writer writes to.
func emptyFile(tb testing.TB) *os.File {
	tb.Helper()
	f, err := os.Create(filepath.Join(tb.TempDir(), "blocks"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { f.Close() })
	return f
}

// cut writes contents and says where they are.
func cut(tb testing.TB, c *Codec, contents [][]byte) (*os.File, Table, []File) {
	tb.Helper()
	f := emptyFile(tb)
	w := NewWriter(c, f)
	var files []File
	for _, content := range contents {
		file, err := w.Add(context.Background(), bytes.NewReader(content), int64(len(content)))
		if err != nil {
			tb.Fatal(err)
		}
		files = append(files, file)
	}
	table, err := w.Finish(context.Background())
	if err != nil {
		tb.Fatal(err)
	}
	w.Discard() // nothing is lost by it
	return f, table, files
}

func mustStore(tb testing.TB, f *os.File, t Table) *Store {
	tb.Helper()
	s, err := NewStore(f, t, NewCodec(Fast), nil)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func expectContent(tb testing.TB, s *Store, f File, want []byte) {
	tb.Helper()
	got, err := io.ReadAll(s.Open(f))
	if err != nil || !bytes.Equal(got, want) {
		tb.Errorf("a content of %d bytes at %+v comes back with %d: %v", len(want), f, len(got), err)
	}
}

// expectQuiet waits until there are no more goroutines than before.
func expectQuiet(tb testing.TB, before int) {
	tb.Helper()
	for wait := 0; runtime.NumGoroutine() > before; wait++ {
		if wait == 500 {
			tb.Fatalf("%d goroutines more than before", runtime.NumGoroutine()-before)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// edges are contents of all sizes where something changes, of all sorts.
func edges() [][]byte {
	var contents [][]byte
	for i, size := range []int{0, 1, 2, 4095, 4096, 4097, Size / 2, Size/2 + 1, Size - 1, Size, Size + 1, 2*Size - 1, 2 * Size, 2*Size + 1, 3*Size + 17} {
		contents = append(contents, text(i, size), noise(i, size), make([]byte, size))
		mixed := noise(i+100, size)
		clear(mixed[size/2:])
		contents = append(contents, mixed)
	}
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(len(contents), func(i, j int) { contents[i], contents[j] = contents[j], contents[i] })
	return contents
}

func TestContentsComeBack(t *testing.T) {
	if testing.Short() {
		t.Skip("it computes for long")
	}
	contents := edges()
	for _, level := range levels {
		t.Run(string(level), func(t *testing.T) {
			f, table, files := cut(t, NewCodec(level), contents)
			s := mustStore(t, f, table)
			for i, want := range contents {
				if files[i].Size != int64(len(want)) || len(want) > 0 && files[i].Sum != SumOf(want) {
					t.Errorf("%d: %+v does not describe it", i, files[i])
				}
				if !table.Holds(files[i]) {
					t.Errorf("%d: %+v is not held", i, files[i])
				}
				expectContent(t, s, files[i], want)
			}
		})
	}
}

func TestContentsAreReadInPiecesOfAnySize(t *testing.T) {
	want := text(1, 2*Size+1000)
	f, table, files := cut(t, NewCodec(Fast), [][]byte{want, want[:5000]})
	s := mustStore(t, f, table)
	for i, want := range [][]byte{want, want[:5000]} {
		for _, size := range []int{1, 3, 1000, Size - 1, Size + 1, 3 * Size} {
			if size == 1 && len(want) > Size {
				continue
			}
			var got []byte
			r, buf := s.Open(files[i]), make([]byte, size)
			for {
				n, err := r.Read(buf)
				got = append(got, buf[:n]...)
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(got, want) {
				t.Errorf("in pieces of %d it is something else", size)
			}
		}
	}
}

func TestSmallContentsShareBlocks(t *testing.T) {
	var contents [][]byte
	for i := range 2000 {
		contents = append(contents, text(i, 1000))
	}
	_, table, files := cut(t, NewCodec(Fast), contents)
	if len(table.Blocks) != 0 || len(table.Fragments) != 2 {
		t.Errorf("%d blocks and %d fragments for two million bytes", len(table.Blocks), len(table.Fragments))
	}
	for i, f := range files {
		if !f.Shared() || f.Blocks() != 0 {
			t.Fatalf("%d is not shared: %+v", i, f)
		}
	}
}

func TestZerosAreNotStored(t *testing.T) {
	f, table, files := cut(t, NewCodec(Fast), [][]byte{make([]byte, 5*Size+5), text(1, Size), make([]byte, Size)})
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() >= Size || info.Size() != table.Size || len(table.Blocks) != 8 || files[0].Blocks() != 6 {
		t.Errorf("%d bytes; %+v", info.Size(), table)
	}
	for i, b := range table.Blocks {
		if (b.Size == 0) != (i != 6) {
			t.Errorf("block %d: %+v", i, b)
		}
	}
}

func TestWhatComesTwiceIsStoredOnce(t *testing.T) {
	large, larger, small := noise(1, 2*Size+5), noise(2, 3*Size), noise(3, 1000)
	once := [][]byte{large, small, larger}
	f, onceTable, _ := cut(t, NewCodec(Fast), once)
	want, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	twice := [][]byte{large, large, small, small, larger, large, small, larger, larger}
	f, table, files := cut(t, NewCodec(Fast), twice)
	got, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) || len(table.Blocks) != len(onceTable.Blocks) || len(table.Fragments) != 1 {
		t.Errorf("%d bytes in %d and %d blocks instead of %d in %d", len(got), len(table.Blocks), len(table.Fragments), len(want), len(onceTable.Blocks))
	}
	s := mustStore(t, f, table)
	for i, want := range twice {
		expectContent(t, s, files[i], want)
	}
	// Zeros have blocks, too.
	_, table, files = cut(t, NewCodec(Fast), [][]byte{make([]byte, Size), large, make([]byte, Size), make([]byte, 2*Size), larger})
	if len(table.Blocks) != 1+3+2+3 || files[2] != files[0] || files[4].Block != 6 {
		t.Errorf("%d blocks; %+v", len(table.Blocks), files)
	}
}

func TestBytesDependOnContentsAndLevelAloneAtScale(t *testing.T) {
	if testing.Short() {
		t.Skip("it computes for long")
	}
	contents := edges()[:20]
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, level := range levels {
		t.Run(string(level), func(t *testing.T) {
			var first []byte
			cores := []int{1, 2, 8}
			if level == Best {
				cores = []int{1, maxBest} // it takes no more
			}
			for _, cores := range cores {
				runtime.GOMAXPROCS(cores)
				c := NewCodec(level)
				for _, used := range []string{"new", "used"} {
					f, table, files := cut(t, c, contents)
					got, err := os.ReadFile(f.Name())
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, describe(table, files)...)
					if first == nil {
						first = got
					}
					if !bytes.Equal(got, first) {
						t.Errorf("on %d cores, a %s compressor makes something else", cores, used)
					}
					cut(t, c, [][]byte{text(77, 3*Size), noise(5, 100), text(78, 12345)})
				}
			}
		})
	}
}

// describe writes down what a Writer said.
func describe(t Table, files []File) string {
	var out strings.Builder
	for _, v := range []any{t, files} {
		writeTo(&out, v)
	}
	return out.String()
}
