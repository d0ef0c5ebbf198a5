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
