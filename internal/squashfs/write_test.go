package squashfs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"lxdocker/internal/block"
	"lxdocker/internal/rootfs"
	"lxdocker/internal/squashfs"
)

// sample holds something of everything; its names are put in one of two orders.
func sample(t *testing.T, fix *fixture, backwards bool) *rootfs.Tree {
	t.Helper()
	tree := rootfs.New()
	stored := fix.store(t, bytesOf(3*MiB, 1), bytesOf(100, 2), bytesOf(MiB, 3), bytesOf(100_000, 3))
	layer(t, tree, file("usr/a", stored[0]), file("usr/b", stored[1]), file("usr/z", stored[3]))
	layer(t, tree, rootfs.Entry{Name: "usr/.wh.z"}, file("opt/x", fix.store(t, bytesOf(2*MiB+5, 3))[0]))
	const n = 300
	for i := range n {
		if backwards {
			i = n - 1 - i
		}
		put(t, tree, fmt.Sprintf("etc/%d", i), rootfs.Inode{Kind: rootfs.File, Mode: 0o644, UID: uint32(i % 7), ModTime: int64(i),
			Content: rootfs.Bytes(bytesOf(5000+i%13, uint64(i%17))), Xattrs: map[string]string{"user.a": fmt.Sprint(i % 3), "user.b": "a longer value"}})
	}
	put(t, tree, "bin", rootfs.Inode{Kind: rootfs.Symlink, Target: "usr"})
	if err := tree.Link("etc/5", "a-hardlink"); err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestSameBytesWhateverTheSurroundings(t *testing.T) {
	first := newFixture(t)
	one := first.bytes(t, sample(t, first, false))
	t.Setenv("TZ", "Pacific/Kiritimati")
	t.Setenv("SOURCE_DATE_EPOCH", "1234567890")
	defer syscall.Umask(syscall.Umask(0o077))
	for _, cores := range []int{1, 7} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		fix := newFixture(t) // with a codec for so many
		if other := fix.bytes(t, sample(t, fix, true)); !bytes.Equal(one, other) {
			t.Errorf("%d cores: the same tree became %d and %d bytes, or other ones", cores, len(one), len(other))
		}
	}
}

func TestTheSizeIsKnownBeforeTheFirstByteAndAllProgressIsTold(t *testing.T) {
	fix := newFixture(t)
	tree := sample(t, fix, false)
	var out bytes.Buffer
	var total, told int64
	fix.options.Progress = func(n int64) { told += n }
	fix.options.Started = func(n int64) {
		if total = n; out.Len() > 0 {
			t.Error("there are bytes already")
		}
	}
	if err := squashfs.Write(context.Background(), &out, tree, fix.options); err != nil {
		t.Fatal(err)
	}
	if int64(out.Len()) != total || total%4096 != 0 || told != total {
		t.Errorf("%d bytes; %d were announced, %d told while they were written", out.Len(), total, told)
	}
}

// limited takes so many bytes and then does something.
type limited struct {
	left int
	then func() error
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, l.then()
	}
	return len(p), nil
}

func TestAFullDiskSaysSo(t *testing.T) {
	fix := newFixture(t)
	tree := sample(t, fix, false)
	size := len(fix.bytes(t, tree))
	for _, room := range []int{0, 100, 2 * MiB, size - 10_000, size - 1} {
		err := squashfs.Write(context.Background(), &limited{room, func() error { return syscall.ENOSPC }}, tree, fix.options)
		if !errors.Is(err, syscall.ENOSPC) || !strings.HasPrefix(err.Error(), "writing squashfs: ") {
			t.Errorf("room for %d of %d bytes: %v", room, size, err)
		}
		fix.expectNothingLeft(t)
	}
	short := writer(func(p []byte) (int, error) { return len(p) / 2, nil })
	if err := squashfs.Write(context.Background(), short, tree, fix.options); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("a writer that takes less: %v", err)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func (fix *fixture) expectNothingLeft(t *testing.T) {
	t.Helper()
	if left, _ := os.ReadDir(fix.options.Scratch); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestCancelLeavesNothingBehind(t *testing.T) {
	fix := newFixture(t)
	tree := sample(t, fix, false)
	size := len(fix.bytes(t, tree))
	why := errors.New("enough")
	for _, room := range []int{-1, 0, MiB, size / 2} {
		ctx, cancel := context.WithCancelCause(context.Background())
		out := &limited{room, func() error { cancel(why); return nil }}
		if room < 0 {
			cancel(why)
		}
		err := squashfs.Write(ctx, writer(func(p []byte) (int, error) { _, err := out.Write(p); return len(p), err }), tree, fix.options)
		if !errors.Is(err, why) {
			t.Errorf("after %d bytes: %v", room, err)
		}
		fix.expectNothingLeft(t)
	}
}

// broken is a content that cannot be read to its end.
type broken struct{ err error }

func (broken) Size() int64 { return 100 }
func (b broken) Open() io.Reader {
	return io.MultiReader(strings.NewReader("x"), iotest.ErrReader(b.err))
}

func TestAContentThatCannotBeReadIsNamed(t *testing.T) {
	fix := newFixture(t)
	tree := sample(t, fix, false)
	why := errors.New("a reason")
	put(t, tree, "etc/broken", rootfs.Inode{Kind: rootfs.File, Content: broken{why}})
	err := squashfs.Write(context.Background(), io.Discard, tree, fix.options)
	var reading *block.ReadError
	if !errors.Is(err, why) || !errors.As(err, &reading) || !strings.Contains(err.Error(), `"etc/broken"`) {
		t.Errorf("got %v", err)
	}
	fix.expectNothingLeft(t)
}

func TestWithoutScratchFolderNothingIsWritten(t *testing.T) {
	fix := newFixture(t)
	tree := sample(t, fix, false)
	fix.options.Scratch += "/not-there"
	var out bytes.Buffer
	if err := squashfs.Write(context.Background(), &out, tree, fix.options); !errors.Is(err, os.ErrNotExist) || out.Len() > 0 {
		t.Errorf("got %v and %d bytes", err, out.Len())
	}
}
