package layer_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"lxdocker/internal/failure"
	"lxdocker/internal/layer"
)

func TestLayersBeyondTheLimit(t *testing.T) {
	const limit = 1 << 20
	small := archiveOf(t, file("a", "a"))
	for behaviour, archive := range map[string][]byte{
		"a large file":                    archiveOf(t, file("a", strings.Repeat("x", limit+1))),
		"many files":                      archiveOf(t, file("a", strings.Repeat("x", limit/2)), file("b", strings.Repeat("y", limit/2+1))),
		"zeros after the end":             append(bytes.Clone(small), make([]byte, limit)...),
		"a header that promises too much": promise(t, limit+1),
		"a header that promises EiB":      promise(t, 1<<62),
		"sparse file of GNU":              gnuSparse(t, limit+1),
		"two sparse files":                append(withoutEnd(gnuSparse(t, limit*2/3)), gnuSparse(t, limit*2/3)...),
	} {
		for _, encoding := range encodings {
			t.Run(behaviour+" "+encoding, func(t *testing.T) {
				blob := compressed(t, encoding, archive)
				_, err := pack(t, t.TempDir(), limit, describe(blob, archive), blob)
				if failure.KindOf(err) != failure.TooLarge || !strings.Contains(err.Error(), "1 MiB (1048576 bytes), the limit of --max-unpacked") {
					t.Errorf("got %v", err)
				}
			})
		}
	}
	exact := archiveOf(t, file("a", strings.Repeat("x", limit-4096)))
	if _, err := pack(t, t.TempDir(), int64(len(exact)), describe(exact, exact), exact); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	if _, err := layer.Open(t.TempDir(), -1, codec()); err == nil {
		t.Error("a negative limit is accepted")
	}
}

// promise is the header of a file of a size, without the file.
func promise(t *testing.T, size int64) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := tar.NewWriter(&out).WriteHeader(&tar.Header{Name: "b", Typeflag: tar.TypeReg, Size: size}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// gnuSparse is an archive made by GNU tar of a file that is one hole but for its
// first bytes.
func gnuSparse(t *testing.T, size int64, options ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "sparse"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("start"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("end"), size-3); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"--create", "--sparse", "--owner=0", "--group=0", "--mtime=@1000000000", "--directory", dir}, options...)
	archive, err := exec.Command("tar", append(args, "sparse")...).Output()
	if err != nil {
		t.Fatalf("tar: %v", err)
	}
	return archive
}

// withoutEnd cuts the zeros off that end an archive.
func withoutEnd(archive []byte) []byte {
	n := len(bytes.TrimRight(archive, "\x00"))
	return archive[:(n+511)/512*512]
}

func TestSparseFiles(t *testing.T) {
	const size = 10 << 20
	for _, options := range [][]string{
		{"--format=gnu"},
		{"--format=posix", "--sparse-version=0.0"},
		{"--format=posix", "--sparse-version=0.1"},
		{"--format=posix", "--sparse-version=1.0"},
	} {
		t.Run(fmt.Sprint(options), func(t *testing.T) {
			archive := gnuSparse(t, size, options...)
			if len(archive) > size/10 {
				t.Fatalf("tar made no sparse archive: %d bytes", len(archive))
			}
			dir := t.TempDir()
			p, err := pack(t, dir, 0, describe(archive, archive), archive)
			if err != nil {
				t.Fatal(err)
			}
			want := "start" + strings.Repeat("\x00", size-8) + "end"
			for e := range p.Entries() {
				if e.Name != "sparse" || content(t, e) != want {
					t.Errorf("%q is not what it was", e.Name)
				}
			}
			if used := blocks(t, dir); used > size/10 {
				t.Errorf("its pack takes %d bytes of disk", used)
			}
		})
	}
}

func TestCancellationStopsInTheMiddleOfAHole(t *testing.T) {
	archive := gnuSparse(t, 200<<30, "--format=gnu")
	dir := t.TempDir()
	cache, err := layer.Open(dir, 1<<40, codec())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer cancel()
		for range 10_000 { // until the first bytes are there, and so the hole has begun
			data, _ := filepath.Glob(filepath.Join(dir, ".scratch-*", "pack", "blocks"))
			if len(data) == 1 {
				if info, err := os.Stat(data[0]); err == nil && info.Size() > 0 {
					return
				}
			}
			time.Sleep(time.Millisecond)
		}
	}()
	start := time.Now()
	_, err = cache.Pack(ctx, describe(archive, archive), serve(archive))
	if took := time.Since(start); !errors.Is(err, context.Canceled) || took > 10*time.Second {
		t.Errorf("after %v: %v", took, err)
	}
	expectEmpty(t, dir)
}

// blocks is how many bytes of disk the files in a folder take.
func blocks(t *testing.T, dir string) int64 {
	t.Helper()
	var n int64
	err := filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			n += info.Sys().(*syscall.Stat_t).Blocks * 512
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestZerosBecomeHoles(t *testing.T) {
	zeros := strings.Repeat("\x00", 5<<20)
	archive := archiveOf(t, file("odd", "x"), file("zeros", zeros), file("text", "text"), file("more", zeros))
	dir := t.TempDir()
	p, err := pack(t, dir, 0, describe(archive, archive), archive)
	if err != nil {
		t.Fatal(err)
	}
	for e := range p.Entries() {
		want := map[string]string{"odd": "x", "zeros": zeros, "text": "text", "more": zeros}[e.Name]
		if content(t, e) != want {
			t.Errorf("%q is not what it was", e.Name)
		}
	}
	if used := blocks(t, dir); used > 1<<20 {
		t.Errorf("10 MiB of zeros take %d bytes of disk", used)
	}
}

func TestWindowOfZstdIsLimited(t *testing.T) {
	archive := archiveOf(t, file("a", strings.Repeat("content ", 1000)))
	var blob bytes.Buffer
	w, err := zstd.NewWriter(&blob, zstd.WithWindowSize(256<<20))
	if err != nil {
		t.Fatal(err)
	}
	// In several writes, so that the frame does not tell its size and needs the window.
	for _, part := range [][]byte{archive[:1000], archive[1000:]} {
		if _, err := w.Write(part); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := pack(t, t.TempDir(), 0, describe(blob.Bytes(), archive), blob.Bytes()); err == nil || !strings.Contains(err.Error(), "window") {
		t.Errorf("got %v", err)
	}
}
