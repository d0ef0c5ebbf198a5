package delta

import (
	"bytes"
	"errors"
	"io"
	"math"
	"slices"
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
}

func TestWhatIsCommonIsCountedToTheByte(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := make([]byte, rapid.OneOf(rapid.IntRange(0, 40), rapid.IntRange(0, 5000)).Draw(t, "size"))
		b := bytes.Clone(a[:rapid.IntRange(0, len(a)).Draw(t, "shorter")])
		for range rapid.IntRange(0, 3).Draw(t, "differences") {
			if len(b) > 0 {
				b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
			}
		}
		begin, end, zero := 0, 0, 0
		for begin < len(b) && a[begin] == b[begin] {
			begin++
		}
		for end < len(b) && a[len(a)-1-end] == b[len(b)-1-end] {
			end++
		}
		for zero < len(b) && b[zero] == 0 {
			zero++
		}
		if common(a, b) != begin || common(b, a) != begin || commonEnd(a, b) != end || zeros(b) != zero {
			t.Errorf("they begin with %d alike, not %d; end with %d, not %d; and %d zeros are %d",
				begin, common(a, b), end, commonEnd(a, b), zero, zeros(b))
		}
	})
}

func TestAHashIsThatOfTheLast64Bytes(t *testing.T) {
	x := &index{gear: newGear()}
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), sampleSize, 300).Draw(t, "bytes")
		if x.hash(b) != x.hash(b[len(b)-sampleSize:]) {
			t.Error("what came before counts")
		}
		other := bytes.Clone(b) // of what is nearly forgotten, a few bits count
		other[len(b)-1-rapid.IntRange(0, sampleSize/2).Draw(t, "from the end")] ^= 1
		if x.hash(b) == x.hash(other) {
			t.Error("a byte does not count")
		}
	})
	if x.hash(make([]byte, 100)) != 0 {
		t.Error("zeros have another hash than 0, by which they are known")
	}
}

func TestEverySampleIsFound(t *testing.T) {
	content := make([]byte, 100_000)
	for i := range content {
		content[i] = byte(i*i>>7 ^ i*0x9e3779b1>>11)
	}
	clear(content[20_000:30_000])
	const start = 5
	x, err := newIndex(t.Context(), oldFile(bytes.NewReader(content)), start)
	if err != nil {
		t.Fatal(err)
	}
	var found []int
	for i := 0; ; i++ {
		at, s := x.hit(content, i)
		if s == nil {
			break
		}
		i = at
		if x.offset(s) != int64(at) {
			t.Errorf("what is at %d is thought to be at %d", at, x.offset(s))
		}
		found = append(found, at)
	}
	var want []int
	for i := start; i+sampleSize <= len(content); i += leastStride {
		if zeros(content[i:]) < sampleSize {
			want = append(want, i)
		}
	}
	if !slices.Equal(found, want) {
		t.Errorf("%d of %d are found", len(found), len(want))
	}
}

// Small buffers would be read again and again, large ones in vain.
func TestAViewReadsMoreTheLongerItGoesOn(t *testing.T) {
	content := make([]byte, 10*mostRead)
	for i := range content {
		content[i] = byte(i ^ i>>8 ^ i>>16)
	}
	counted := &counter{Reader: bytes.NewReader(content)}
	v := newView(newFile(counted))
	rapid.Check(t, func(t *rapid.T) {
		off := rapid.Int64Range(0, v.size).Draw(t, "jump")
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			want := rapid.IntRange(0, leastRead).Draw(t, "want")
			p, err := v.from(off, want)
			if err != nil || int64(len(p)) < min(int64(want), v.size-off) || !bytes.HasPrefix(content[off:], p) {
				t.Fatalf("%d bytes at %d: %d come, %v", want, off, len(p), err)
			}
			off += int64(rapid.IntRange(-min(kept, int(off)), len(p)).Draw(t, "step"))
		}
	})
	v, counted.bytes, counted.reads = newView(newFile(counted)), 0, 0
	for off := int64(0); off < v.size; off += 1000 {
		if _, err := v.from(off, 1000); err != nil {
			t.Fatal(err)
		}
	}
	if counted.bytes != len(content) || counted.reads > 15 {
		t.Errorf("%d bytes were read for %d, in %d pieces", counted.bytes, len(content), counted.reads)
	}
}

// counter counts what is read.
type counter struct {
	*bytes.Reader
	reads, bytes int
}

func (c *counter) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.Reader.ReadAt(p, off)
	c.reads++
	c.bytes += n
	return n, err
}
