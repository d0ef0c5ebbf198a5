package dir_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"lxdocker/internal/image"
	"lxdocker/internal/testenv"
)

// pieces are writes of p in src, from and how many, as an image is put
// together: with gaps, and at places that cannot be shared.
var pieces = []struct{ pad, off, n int }{
	{96, 96, 3 << 20},
	{0, 96 + 3<<20, 5<<20 + 77}, // goes on where the first ended
	{100, 1, 1 << 20},           // in another place within its block
	{0, 500, 10},
	{0, 0, 0},
}

// writePieces writes them into a file of a draft, and says what should be there.
func writePieces(t *testing.T, folder string, src *os.File, p []byte) (path string, want []byte) {
	t.Helper()
	d, err := open(t, folder).Draft(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Discard)
	w, err := d.Create(image.Squashfs, "rootfs.squashfs")
	if err != nil {
		t.Fatal(err)
	}
	for _, piece := range pieces {
		pad, part := bytes.Repeat([]byte{7}, piece.pad), p[piece.off:piece.off+piece.n]
		if n, err := w.Write(pad); err != nil || n != len(pad) {
			t.Fatal(n, err)
		}
		if n, err := w.WriteFrom(part, src, int64(piece.off)); err != nil || n != len(part) {
			t.Fatal(n, err)
		}
		want = append(append(want, pad...), part...)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(folder, ".tmp/draft-*/version/rootfs.squashfs"))
	if err != nil || len(found) != 1 {
		t.Fatalf("the file may be %v, %v", found, err)
	}
	return found[0], want
}

func source(t *testing.T, folder string) (*os.File, []byte) {
	t.Helper()
	p := noise(10 << 20)
	path := filepath.Join(folder, "source")
	if err := os.WriteFile(path, p, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, p
}

func TestPiecesOfAnotherFileAreWritten(t *testing.T) {
	folder := t.TempDir()
	src, p := source(t, folder)
	path, want := writePieces(t, folder, src, p)
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the file has %d other bytes, %v", len(got), err)
	}
}

// TestPiecesShareTheDisk needs a file system that can, which only root may mount.
func TestPiecesShareTheDisk(t *testing.T) {
	testenv.NeedsRoot(t)
	folder := btrfs(t)
	src, p := source(t, folder)
	path, want := writePieces(t, folder, src, p)
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the file has %d other bytes, %v", len(got), err)
	}
	unix.Sync() // until then, no block of it is anywhere
	out, err := exec.Command("btrfs", "filesystem", "du", "--raw", "-s", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var total, own int
	if _, err := fmt.Sscan(strings.SplitN(string(out), "\n", 2)[1], &total, &own); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if total < len(want) || own > len(want)-(7<<20) {
		t.Errorf("%d bytes of %d are its own:\n%s", own, total, out)
	}
}

// btrfs mounts an empty one.
func btrfs(t *testing.T) string {
	t.Helper()
	mkfs := testenv.NeedsProgram(t, "mkfs.btrfs", "btrfs-progs")
	disk, folder := filepath.Join(t.TempDir(), "disk"), t.TempDir()
	if err := os.WriteFile(disk, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(disk, 256<<20); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(mkfs, "-q", disk).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if out, err := exec.Command("mount", "-o", "loop", disk, folder).CombinedOutput(); err != nil {
		t.Skipf("not run: this machine mounts no btrfs: %s", out)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(folder, 0); err != nil {
			t.Error(err)
		}
	})
	return folder
}
