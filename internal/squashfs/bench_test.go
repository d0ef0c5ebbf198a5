package squashfs_test

import (
	"context"
	"fmt"
	"io"
	"testing"

	"lxdocker/internal/rootfs"
	"lxdocker/internal/squashfs"
	"lxdocker/internal/testenv"
)

// names makes a tree of n small files, whose contents lie in one store.
func names(t testing.TB, fix *fixture, n int) *rootfs.Tree {
	contents := make([][]byte, n)
	for i := range contents {
		contents[i] = fmt.Appendf(nil, "content %d", i)
	}
	stored := fix.store(t, contents...)
	entries := make([]rootfs.Entry, n)
	for i, k := range stored {
		entries[i] = file(fmt.Sprintf("usr/lib/package-%d/folder-%d/file-%d", i/1000, i/50, i), k)
	}
	tree := rootfs.New()
	layer(t, tree, entries...)
	return tree
}

// BenchmarkHalfAMillionNames writes what the largest images have, and says what
// it costs in memory beyond the tree, at the most.
func BenchmarkHalfAMillionNames(b *testing.B) {
	fix := newFixture(b)
	tree := names(b, fix, 500_000)
	for b.Loop() {
		top := testenv.PeakHeap(func() {
			if err := squashfs.Write(context.Background(), io.Discard, tree, fix.options); err != nil {
				b.Fatal(err)
			}
		})
		b.ReportMetric(float64(top)/(1<<20), "MiB")
	}
}
