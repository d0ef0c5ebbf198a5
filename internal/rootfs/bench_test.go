package rootfs_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"lxdocker/internal/rootfs"
)

// BenchmarkApply merges a layer of half a million files over itself, about what
// the largest images have, and says what a name costs in memory.
func BenchmarkApply(b *testing.B) {
	const n = 500_000
	var l layer
	for i := range n {
		l = append(l, file(fmt.Sprintf("usr/lib/package-%d/folder-%d/file-%d", i/1000, i/50, i), "x"))
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var tree *rootfs.Tree
	for b.Loop() {
		tree = rootfs.New()
		for range 2 {
			if err := tree.Apply(context.Background(), l.all()); err != nil {
				b.Fatal(err)
			}
		}
		for range tree.All() {
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/n, "B/name")
	runtime.KeepAlive(tree)
	runtime.KeepAlive(l)
}
