package delta_test

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"lxdocker/internal/delta"
	"lxdocker/internal/testenv"
)

const (
	KiB = 1 << 10
	MiB = 1 << 20
	GiB = 1 << 30
)

// xdelta is a folder where xdelta3 works, in memory, if there is such a folder.
type xdelta struct {
	dir     string
	xdelta3 string
}

func newXdelta(t *testing.T) *xdelta {
	t.Helper()
	program := testenv.NeedsProgram(t, "xdelta3", "xdelta3")
	dir, err := os.MkdirTemp("/dev/shm", "delta-test-")
	if err != nil {
		dir = t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return &xdelta{dir, program}
}

// fataler is *testing.T and *rapid.T.
type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func encode(t fataler, source, target delta.File) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := delta.Encode(context.Background(), &out, source, target); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func check(d []byte, source, target delta.File) error {
	return delta.Check(context.Background(), bytes.NewReader(d), source, target)
}

// makes encodes, and has both decoders make the new file from the old one. It
// returns the delta.
func (x3 *xdelta) makes(t fataler, source, target []byte) []byte {
	t.Helper()
	d := encode(t, bytes.NewReader(source), bytes.NewReader(target))
	if err := check(d, bytes.NewReader(source), bytes.NewReader(target)); err != nil {
		t.Fatal(err)
	}
	x3.put(t, "old", source)
	x3.put(t, "delta", d)
	if got := x3.apply(t); !bytes.Equal(got, target) {
		t.Fatalf("xdelta3 makes other %d bytes of %d than wanted %d", len(got), len(source), len(target))
	}
	return d
}

func (x3 *xdelta) path(name string) string { return filepath.Join(x3.dir, name) }

func (x3 *xdelta) put(t fataler, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(x3.path(name), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// apply does what LXD and Incus do.
func (x3 *xdelta) apply(t fataler) []byte {
	t.Helper()
	if said, err := exec.Command(x3.xdelta3, "-f", "-d", "-s", x3.path("old"), x3.path("delta"), x3.path("out")).CombinedOutput(); err != nil {
		t.Fatalf("xdelta3: %v: %s", err, said)
	}
	got, err := os.ReadFile(x3.path("out"))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// noise does not compress, as squashfs does not, and has nothing twice.
func noise(seed uint64, size int) []byte {
	b := make([]byte, size)
	rand.NewChaCha8([32]byte{1: byte(seed), 2: byte(seed >> 8), 3: byte(seed >> 16)}).Read(b)
	return b
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// sparse is a large file of which most is zeros.
type sparse struct {
	size  int64
	parts map[int64][]byte
}

func (s *sparse) Size() int64 { return s.size }

func (s *sparse) ReadAt(p []byte, off int64) (int, error) {
	n := int(max(0, min(int64(len(p)), s.size-off)))
	clear(p[:n])
	for at, part := range s.parts {
		if at < off {
			part, at = part[min(off-at, int64(len(part))):], off
		}
		if at < off+int64(n) {
			copy(p[at-off:n], part)
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// putSparse writes it down without the zeros.
func (x3 *xdelta) putSparse(t fataler, name string, s *sparse) {
	t.Helper()
	f, err := os.Create(x3.path(name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(s.size); err != nil {
		t.Fatal(err)
	}
	for at, part := range s.parts {
		if _, err := f.WriteAt(part, at); err != nil {
			t.Fatal(err)
		}
	}
}
