package delta

import (
	"bytes"
	"hash/adler32"
	"math/rand/v2"
	"testing"
)

func TestAdler(t *testing.T) {
	for range 100000 {
		b := make([]byte, rand.IntN(2000))
		for i := range b {
			b[i] = byte(rand.Uint32())
		}
		if rand.IntN(3) == 0 {
			b = bytes.Repeat([]byte{255}, len(b))
		}
		if adler(b) != adler32.Checksum(b) {
			t.Fatal(len(b))
		}
	}
	for _, n := range []int{1 << 20, 4 << 20} {
		b := bytes.Repeat([]byte{255}, n)
		if adler(b) != adler32.Checksum(b) {
			t.Fatal(len(b))
		}
	}
}
func BenchmarkOur(b *testing.B) {
	p := make([]byte, 256<<10)
	b.SetBytes(256 << 10)
	for b.Loop() {
		adler(p)
	}
}
func BenchmarkStd(b *testing.B) {
	p := make([]byte, 256<<10)
	b.SetBytes(256 << 10)
	for b.Loop() {
		adler32.Checksum(p)
	}
}
