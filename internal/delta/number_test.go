package delta

import (
	"bytes"
	"errors"
	"io"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// 123456789 is the example of RFC 3284, section 2.
func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{
		0: "\x00", 1: "\x01", 127: "\x7f", 128: "\x81\x00", 16383: "\xff\x7f", 16384: "\x81\x80\x00",
		123456789: "\xba\xef\x9a\x15", 1 << 32: "\x90\x80\x80\x80\x00", math.MaxInt64: "\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
	} {
		if got := appendNumber(nil, n); string(got) != want || numberSize(n) != len(want) {
			t.Errorf("%d is % x, and not % x", n, got, want)
		}
	}
}

func TestNumbersComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, math.MaxInt64).Draw(t, "n") >> rapid.IntRange(0, 63).Draw(t, "shift")
		b := appendNumber([]byte("before"), n)[len("before"):]
		most := rapid.SampledFrom([]int64{n, math.MaxInt64}).Draw(t, "most")
		if got, err := readNumber(bytes.NewReader(b), most); got != n || err != nil {
			t.Errorf("%d comes back as %d: %v", n, got, err)
		}
		if got, err := readNumber(bytes.NewReader(b), n-1); err == nil {
			t.Errorf("%d is at most %d: %d", n, n-1, got)
		}
		if got, err := readNumber(bytes.NewReader(b[:len(b)-1]), math.MaxInt64); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("without its last byte, %d is %d: %v", n, got, err)
		}
	})
	b := appendNumber(nil, math.MaxInt64)
	b[len(b)-1] |= 0x80
	if got, err := readNumber(bytes.NewReader(append(b, 5)), math.MaxInt64); err == nil {
		t.Errorf("a number of 70 bits is %d", got)
	}
}
