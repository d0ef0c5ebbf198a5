package block

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// The kernel's squashfs (fs/squashfs/zstd_wrapper.c) makes room for a window of
// the file system's block size, and reads one frame.
func TestBlocksAreFramesThatTheKernelReads(t *testing.T) {
	for _, level := range levels {
		f, table, _ := cut(t, NewCodec(level), edges()[:30])
		compressed := 0
		for _, b := range slices.Concat(table.Blocks, table.Fragments) {
			if b.Raw || b.Size == 0 {
				continue
			}
			compressed++
			stored := make([]byte, b.Size)
			if _, err := f.ReadAt(stored, b.Offset); err != nil {
				t.Fatal(err)
			}
			var h zstd.Header
			if err := h.Decode(stored); err != nil {
				t.Fatal(err)
			}
			if h.WindowSize > Size || h.HasCheckSum || h.Skippable || h.DictionaryID != 0 {
				t.Errorf("%s: a frame of %+v", level, h)
			}
			one, err := zstd.NewReader(bytes.NewReader(stored), zstd.WithDecoderMaxWindow(Size))
			if err != nil {
				t.Fatal(err)
			}
			n, err := io.Copy(io.Discard, one)
			if one.Close(); err != nil || n == 0 || n > Size || h.HasFCS && h.FrameContentSize != uint64(n) {
				t.Errorf("%s: a block expands to %d bytes: %v", level, n, err)
			}
		}
		if compressed < 10 {
			t.Errorf("%s: only %d blocks are compressed", level, compressed)
		}
	}
}

func TestNoBlockIsLongerThanWhatItHolds(t *testing.T) {
	_, table, files := cut(t, NewCodec(Default), [][]byte{noise(1, Size), noise(2, Size+1), noise(3, 1)})
	for i, want := range []uint32{Size, Size, 1} {
		if b := table.Blocks[i]; b.Size != want || !b.Raw {
			t.Errorf("%+v", b)
		}
	}
	if b := table.Fragments[0]; b.Size != 1 || !b.Raw || !files[2].Shared() {
		t.Errorf("%+v", b)
	}
}

func TestAnyWrongByteIsNoticed(t *testing.T) {
	contents := [][]byte{text(1, Size+100), text(2, 500), noise(1, Size), make([]byte, Size)}
	f, table, files := cut(t, NewCodec(Fast), contents)
	told := 0
	s, err := NewStore(f, table, NewCodec(Fast), func(err error) error {
		told++
		return fmt.Errorf("told: %w", err)
	})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		at := r.Int64N(table.Size)
		var b [1]byte
		if _, err := f.ReadAt(b[:], at); err != nil {
			t.Fatal(err)
		}
		flip := []byte{b[0] ^ 1<<r.IntN(8)}
		if _, err := f.WriteAt(flip, at); err != nil {
			t.Fatal(err)
		}
		told = 0
		s.reading = newExpander()
		var failed []error
		for i, file := range files {
			if got, err := io.ReadAll(s.Open(file)); err != nil {
				failed = append(failed, err)
			} else if !bytes.Equal(got, contents[i]) {
				t.Fatalf("with byte %d wrong, something else is read", at)
			}
		}
		if len(failed) != 1 || !errors.Is(failed[0], ErrDamaged) || told != 1 || failed[0].Error()[:5] != "told:" {
			t.Fatalf("with byte %d wrong: %v; told %d times", at, failed, told)
		}
		if _, err := f.WriteAt(b[:], at); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAFileOfBlocksThatIsTooShort(t *testing.T) {
	content := noise(1, Size)
	f, table, files := cut(t, NewCodec(Fast), [][]byte{content})
	s := mustStore(t, f, table)
	if err := f.Truncate(table.Size - 1); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(s.Open(files[0])); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
	if _, err := NewStore(f, table, NewCodec(Fast), nil); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

func TestAClosedStoreCannotBeRead(t *testing.T) {
	f, table, files := cut(t, NewCodec(Fast), [][]byte{text(1, 2*Size), text(2, 100)})
	s := mustStore(t, f, table)
	expectContent(t, s, files[1], text(2, 100))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if _, err := io.ReadAll(s.Open(file)); !errors.Is(err, os.ErrClosed) || errors.Is(err, ErrDamaged) {
			t.Errorf("got %v", err)
		}
	}
	if len(s.reading.known) != 0 || s.reading.order.Len() != 0 {
		t.Error("its fragments are still remembered")
	}
}

func TestOnlySoManyFragmentsAreRemembered(t *testing.T) {
	var contents [][]byte
	for i := range 2*recent + 3 {
		contents = append(contents, noise(i, Size*2/3))
	}
	f, table, files := cut(t, NewCodec(Fast), contents)
	s := mustStore(t, f, table)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, i := range rand.Perm(len(files)) {
				expectContent(t, s, files[i], contents[i])
			}
		})
	}
	wg.Wait()
	if len(s.reading.known) != recent || s.reading.order.Len() != recent {
		t.Errorf("%d and %d are remembered", len(s.reading.known), s.reading.order.Len())
	}
}

// storeOf has one block or fragment of any bytes, with a right checksum.
func storeOf(t *testing.T, stored []byte, raw, fragment bool) *Store {
	t.Helper()
	f := emptyFile(t)
	if _, err := f.Write(stored); err != nil {
		t.Fatal(err)
	}
	list := []Block{{Size: uint32(len(stored)), Raw: raw, CRC: crc32.Checksum(stored, castagnoli())}}
	table := Table{Blocks: list, Size: int64(len(stored))}
	if fragment {
		table = Table{Fragments: list, Size: int64(len(stored))}
	}
	return mustStore(t, f, table)
}

func TestBlocksThatHoldSomethingElseAreNoticed(t *testing.T) {
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	frame := func(size int) []byte { return encoder.EncodeAll(make([]byte, size), nil) }
	// A frame of 1 MiB of zeros that does not tell its size, in 3 bytes of
	// header, 4 for each of 8 runs of 128 KiB: RFC 8878, 3.1.1.
	bomb := []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 0x50}
	for i := range 8 {
		header := uint32(128<<10)<<3 | 1<<1
		if i == 7 {
			header |= 1
		}
		bomb = append(bomb, byte(header), byte(header>>8), byte(header>>16), 0)
	}
	for behaviour, c := range map[string]struct {
		stored []byte
		raw    bool
	}{
		"too short":               {frame(Size - 1), false},
		"too long":                {frame(Size + 1), false},
		"much too long":           {frame(100 * Size), false},
		"two frames":              {slices.Concat(frame(Size), frame(Size)), false},
		"a thousand frames":       {bytes.Repeat(bomb, 1000), false},
		"not compressed at all":   {text(1, 1000), false},
		"raw, but short":          {text(1, 1000), true},
		"a frame that is cut off": {frame(Size)[:10], false},
		"a dictionary is needed":  {[]byte{0x28, 0xb5, 0x2f, 0xfd, 0x21, 5, 0, 1, 0, 0}, false},
	} {
		t.Run(behaviour, func(t *testing.T) {
			if _, err := io.ReadAll(storeOf(t, c.stored, c.raw, false).Open(File{Size: Size})); !errors.Is(err, ErrDamaged) {
				t.Errorf("as a block: %v", err)
			}
			if behaviour == "too short" {
				return // for a fragment it would do
			}
			if _, err := io.ReadAll(storeOf(t, c.stored, c.raw, true).Open(File{Size: Size - 1})); !errors.Is(err, ErrDamaged) {
				t.Errorf("as a fragment: %v", err)
			}
		})
	}
	if got, err := io.ReadAll(storeOf(t, bomb, false, false).Open(File{Size: Size})); err != nil || !bytes.Equal(got, make([]byte, Size)) {
		t.Errorf("one such frame is good, but: %v", err)
	}
}

func TestTablesThatCannotBe(t *testing.T) {
	f := emptyFile(t)
	if err := f.Truncate(100); err != nil {
		t.Fatal(err)
	}
	for behaviour, table := range map[string]Table{
		"a file of another size":                      {Size: 99},
		"a block before the file":                     {Size: 100, Blocks: []Block{{Offset: -1, Size: 1}}},
		"a block behind the end of the file":          {Size: 100, Blocks: []Block{{Offset: 99, Size: 2}}},
		"a block of zeros behind the end of the file": {Size: 100, Blocks: []Block{{Offset: 101}}},
		"a block far behind the end of the file":      {Size: 100, Blocks: []Block{{Offset: 1<<63 - 1, Size: 2}}},
		"blocks that overlap":                         {Size: 100, Blocks: []Block{{Size: 10}, {Offset: 9, Size: 10}}},
		"blocks in the wrong order":                   {Size: 100, Blocks: []Block{{Offset: 50, Size: 10}, {Size: 10}}},
		"fragments that overlap":                      {Size: 100, Fragments: []Block{{Size: 10}, {Offset: 9, Size: 10}}},
		"a fragment without content":                  {Size: 100, Fragments: []Block{{Offset: 9}}},
		"a block larger than Size":                    {Size: 100, Blocks: []Block{{Size: Size + 1}}},
	} {
		if _, err := NewStore(f, table, NewCodec(Fast), nil); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", behaviour, err)
		}
	}
}

func TestATableHoldsOnlyWhatItHas(t *testing.T) {
	table := Table{Blocks: make([]Block, 3), Fragments: make([]Block, 2)}
	for _, c := range []struct {
		f    File
		want bool
	}{
		{File{}, true},
		{File{Size: Size}, true},
		{File{Size: Size, Block: 2}, true},
		{File{Size: Size, Block: 3}, false},
		{File{Size: 3 * Size}, true},
		{File{Size: 3*Size + 1}, false},
		{File{Size: 2*Size + 1, Block: 1}, false},
		{File{Size: 2 * Size, Block: 1}, true},
		{File{Size: 1<<63 - 1}, false},
		{File{Size: 1<<63 - 1, Block: 1<<31 - 1}, false},
		{File{Size: -1}, false},
		{File{Size: Size, Block: -1}, false},
		{File{Size: 1, Block: 1}, true},
		{File{Size: 1, Block: 2}, false},
		{File{Size: 1, Block: -1}, false},
		{File{Size: 1, Offset: -1}, false},
		{File{Size: 1, Offset: Size - 1}, true},
		{File{Size: 1, Offset: Size}, false},
		{File{Size: Size - 1, Offset: 2}, false},
	} {
		if got := table.Holds(c.f); got != c.want {
			t.Errorf("%+v: %v", c.f, got)
		}
	}
	if s := (&Store{table: table}); s.Damage(ErrDamaged) != ErrDamaged {
		t.Error("an error is lost")
	} else if _, err := io.ReadAll(s.Open(File{Size: 4 * Size})); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

func TestLevels(t *testing.T) {
	for _, l := range levels {
		if got, err := ParseLevel(string(l)); got != l || err != nil || NewCodec(l).Level() != l {
			t.Errorf("%s: %v, %v", l, got, err)
		}
	}
	if _, err := ParseLevel("Best"); err == nil {
		t.Error("a level that is none is accepted")
	}
}
