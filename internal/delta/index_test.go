package delta

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestAHashIsThatOfTheLast64Bytes(t *testing.T) {
	x := &index{gear: newGear()}
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), sampleSize, 300).Draw(t, "bytes")
		if x.hash(b) != x.hash(b[len(b)-sampleSize:]) {
			t.Error("what came before counts")
		}
		other := bytes.Clone(b)
		other[len(b)-1-rapid.IntRange(0, sampleSize-unsure-1).Draw(t, "from the end")] ^= 1
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
		n := uint64(i) // an int may have 32 bits
		content[i] = byte(n*n>>7 ^ n*0x9e3779b1>>11)
	}
	clear(content[20_000:30_000])
	const start = 5
	x, err := newIndex(t.Context(), sourceFile(bytes.NewReader(content)), start)
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

// Everybody can make two samples with the same hash. Who fills an image with one of
// them must not have us look at the other again and again.
func TestAWrongHitIsNotBelievedTwice(t *testing.T) {
	sample, like := sameHash(t)
	counted := &countingReader{Reader: bytes.NewReader(append(sample, bytes.Repeat([]byte{1}, 1000)...))}
	target := append([]byte{1}, bytes.Repeat(like, 1000)...) // so that nothing is common
	if err := Encode(t.Context(), io.Discard, counted, bytes.NewReader(target)); err != nil {
		t.Fatal(err)
	}
	if counted.reads > 10 {
		t.Errorf("the old file was read %d times", counted.reads)
	}
}

// sameHash makes two samples that differ in what a hash should be sure of.
func sameHash(t *testing.T) (a, b []byte) {
	x := &index{gear: newGear()}
	seen := map[uint64][]byte{}
	for i := range uint32(1 << 21) { // a birthday among 36 bits
		a = make([]byte, sampleSize)
		binary.LittleEndian.PutUint32(a[unsure:], i*0x9e3779b1)
		if b = seen[x.hash(a)]; b != nil {
			return a, b
		}
		seen[x.hash(a)] = a
	}
	t.Fatal("all hashes differ")
	return nil, nil
}

// Otherwise, most of the time would go into an index that nobody asks.
func TestIfOnlyTheSuperblockDiffersTheOldFileIsReadOnce(t *testing.T) {
	source := make([]byte, 20<<20)
	for i := range source {
		source[i] = byte(i ^ i>>8 ^ i>>16)
	}
	target := bytes.Clone(source)
	for i := range 96 {
		target[i] ^= byte(i * i >> 3)
	}
	counted := &countingReader{Reader: bytes.NewReader(source)}
	if err := Encode(t.Context(), io.Discard, counted, bytes.NewReader(target)); err != nil {
		t.Fatal(err)
	}
	if counted.bytes != len(source) {
		t.Errorf("%d bytes of %d were read", counted.bytes, len(source))
	}
}
