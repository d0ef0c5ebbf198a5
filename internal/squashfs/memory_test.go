package squashfs_test

import (
	"bytes"
	"context"
	"io"
	"runtime"
	"testing"

	"lxdocker/internal/block"
	"lxdocker/internal/rootfs"
	"lxdocker/internal/squashfs"
)

// TestOneEncoderIsLeftWhenTheImageIsWritten: beside a large tree there is no
// memory for more, of the best ones.
func TestOneEncoderIsLeftWhenTheImageIsWritten(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapInuse)
	}
	tree := rootfs.New()
	text := bytes.Repeat([]byte("what a program of our own may hold "), 8<<20/35)
	if err := tree.Put("bin/program", rootfs.Inode{Kind: rootfs.File, Mode: 0o755, Content: rootfs.Bytes(text)}); err != nil {
		t.Fatal(err)
	}
	before, after := heap(), int64(0)
	err := squashfs.Write(context.Background(), io.Discard, tree, squashfs.Options{
		Codec: block.NewCodec(block.Best), Scratch: t.TempDir(),
		Started: func(int64) { after = heap() },
	})
	if err != nil {
		t.Fatal(err)
	}
	if took := after - before; took > 45<<20 {
		t.Errorf("it takes %d MiB", took>>20)
	}
}
