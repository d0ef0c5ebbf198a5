package rootfs_test

import (
	"context"
	"fmt"
	"testing"

	"lxdocker/internal/rootfs"
)

// TestEntriesLeaveNoGarbage: an image may have millions of them, and to collect the garbage
// of one stops all that a server does.
func TestEntriesLeaveNoGarbage(t *testing.T) {
	const n = 10_000
	l := layer{dir("real"), symlink("link", "./real/../real")}
	for i := range n {
		name := fmt.Sprintf("./link/%d/../%[1]d/file", i)
		l = append(l, file(name, "x"), hardlink(name+".link", name), symlink(name+".symlink", "file"))
	}
	allocated := testing.AllocsPerRun(1, func() {
		if err := rootfs.New().Apply(context.Background(), l.all()); err != nil {
			t.Fatal(err)
		}
	})
	if allocated > n/10 {
		t.Errorf("%d entries allocate %.0f objects", len(l), allocated)
	}
}
