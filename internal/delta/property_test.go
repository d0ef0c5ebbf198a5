package delta_test

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

var (
	genSize = rapid.OneOf(
		rapid.IntRange(0, 200),
		rapid.IntRange(0, 20_000),
		rapid.SampledFrom([]int{0, 1, 63, 64, 65, 255, 256, 257, 319, 320, 4096, 70_000, 256 * KiB, MiB - 1, MiB, MiB + 1, 2*MiB + 77}),
	)
	// genPiece draws what files consist of: noise, zeros, and what repeats itself.
	genPiece = rapid.Custom(func(t *rapid.T) []byte {
		size := genSize.Draw(t, "size")
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			return make([]byte, size)
		case 1:
			pattern := rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "pattern")
			return bytes.Repeat(pattern, size/len(pattern)+1)[:size]
		}
		return noise(rapid.Uint64Range(0, 9).Draw(t, "seed"), size)
	})
	genFile = rapid.Custom(func(t *rapid.T) []byte { return join(rapid.SliceOfN(genPiece, 0, 5).Draw(t, "pieces")...) })
)

// edit changes a file as its author might.
func edit(t *rapid.T, b []byte) []byte {
	place := func(name string) int { return rapid.IntRange(0, len(b)).Draw(t, name) }
	from := place("from")
	to := min(len(b), from+genSize.Draw(t, "length"))
	switch rapid.SampledFrom([]string{"insert", "delete", "change", "zero", "move", "copy", "swap", "byte"}).Draw(t, "edit") {
	case "insert":
		return join(b[:from], genPiece.Draw(t, "piece"), b[from:])
	case "delete":
		return join(b[:from], b[to:])
	case "change":
		return join(b[:from], noise(77, to-from), b[to:])
	case "zero":
		return join(b[:from], make([]byte, to-from), b[to:])
	case "move":
		rest := join(b[:from], b[to:])
		at := rapid.IntRange(0, len(rest)).Draw(t, "at")
		return join(rest[:at], b[from:to], rest[at:])
	case "copy":
		at := place("at")
		return join(b[:at], b[from:to], b[at:])
	case "swap":
		return join(b[to:], b[from:to], b[:from])
	default:
		b = bytes.Clone(b)
		if from < len(b) {
			b[from] ^= 1
		}
		return b
	}
}

// Whatever the files are, xdelta3 makes the new one, and so do we; and a delta is
// never much larger than it.
func TestRandomEdits(t *testing.T) {
	const shares = 5 // run side by side: starting xdelta3 is waiting mostly
	for i := range shares {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			x3 := newXdelta(t)
			rapid.Check(t, x3.randomEdits)
		})
	}
}

func (x3 *xdelta) randomEdits(t *rapid.T) {
	source := genFile.Draw(t, "old")
	target := source
	for range rapid.IntRange(0, 6).Draw(t, "edits") {
		target = edit(t, target)
	}
	if rapid.IntRange(0, 9).Draw(t, "unrelated") == 0 {
		target = genFile.Draw(t, "new")
	}
	// xdelta3 unpacks an old file that begins as if it were compressed. No squashfs does.
	source, target = join([]byte("hsqs"), source), join([]byte("hsqs"), target)
	d := x3.makes(t, source, target)
	if most := len(target) + 50*(len(target)/MiB+1); len(d) > most {
		t.Fatalf("a delta of %d bytes for a file of %d", len(d), len(target))
	}
}
