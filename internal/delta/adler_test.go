package delta

import (
	"bytes"
	"hash/adler32"
	"testing"

	"pgregory.net/rapid"
)

func TestChecksumsAreThoseOfTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 1, 300), rapid.Just([]byte{0xff})).Draw(t, "part")
		size := rapid.OneOf(rapid.IntRange(0, 1000), rapid.SampledFrom([]int{5552, windowSize - 1, windowSize, 4 * windowSize})).Draw(t, "size")
		p := bytes.Repeat(part, size/len(part)+1)[:size]
		if got, want := adler(p), adler32.Checksum(p); got != want {
			t.Errorf("the checksum of %d bytes is %#08x, and not %#08x", size, got, want)
		}
	})
}

// BenchmarkChecksum says what adler gains.
func BenchmarkChecksum(b *testing.B) {
	p := bytes.Repeat([]byte("a window of a squashfs image "), windowSize/29)
	for name, sum := range map[string]func([]byte) uint32{"ours": adler, "hash/adler32": adler32.Checksum} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(p)))
			for b.Loop() {
				sum(p)
			}
		})
	}
}
