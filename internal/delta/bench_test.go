package delta_test

import (
	"bytes"
	"io"
	"testing"

	"lxdocker/internal/delta"
	"lxdocker/internal/testenv"
)

// BenchmarkEncode and BenchmarkCheck say what versions of an image cost, in bytes
// of the new one. (Reading from memory is not much cheaper than from the page cache.)
func BenchmarkEncode(b *testing.B) {
	benchmark(b, func(b *testing.B, source, target delta.File, _ []byte) error {
		return delta.Encode(b.Context(), io.Discard, source, target)
	})
}

func BenchmarkCheck(b *testing.B) {
	benchmark(b, func(b *testing.B, source, target delta.File, d []byte) error {
		return delta.Check(b.Context(), bytes.NewReader(d), source, target)
	})
}

func benchmark(b *testing.B, do func(b *testing.B, source, target delta.File, d []byte) error) {
	const size, change = 256 * MiB, 4 * MiB
	base, other := noise(1, size), noise(2, change)
	source := bytes.NewReader(base)
	for _, x := range []struct {
		name   string
		target []byte
	}{
		{"changed in the middle", join(other[:superblock], base[superblock:size/2], other, base[size/2+change:])},
		{"shifted from the beginning", join(other, base)},
		{"nothing in common", noise(3, size)},
	} {
		b.Run(x.name, func(b *testing.B) {
			target := bytes.NewReader(x.target)
			d := encode(b, source, target)
			run := func() {
				if err := do(b, source, target, d); err != nil {
					b.Fatal(err)
				}
			}
			top := testenv.PeakHeap(run)
			b.SetBytes(target.Size())
			for b.Loop() {
				run()
			}
			b.ReportMetric(float64(top)/MiB, "MiB")
			b.ReportMetric(float64(len(d)), "delta-bytes")
		})
	}
}
