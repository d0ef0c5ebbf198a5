package delta_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"testing"

	"lxdocker/internal/delta"
)

// What is beyond 4 GiB has addresses of more than 32 bits, in which xdelta3
// computes what it can.
func TestBeyond4GiBOfTheOldFile(t *testing.T) {
	t.Parallel()
	x3 := newXdelta(t)
	begin, middle, end := noise(1, 2*MiB), noise(2, 2*MiB), noise(3, 2*MiB)
	source := &sparse{5*GiB + 3, map[int64][]byte{0: begin, 3*GiB + 1: middle, 5*GiB + 3 - 2*MiB: end}}
	// Windows may need what is too far apart for one, in any order.
	target := join(end, begin[MiB:], middle[:MiB+5], end[:MiB], middle[1000:1500], end[7000:8000], begin[1100*KiB:], make([]byte, 5000), middle)
	parts := &sparse{int64(len(target)), map[int64][]byte{0: target}}
	d := encode(t, source, parts)
	if len(d) > 4096 {
		t.Errorf("a delta of %d bytes for what is all there", len(d))
	}
	if err := check(d, source, parts); err != nil {
		t.Error(err)
	}
	x3.putSparse(t, "old", source)
	x3.put(t, "delta", d)
	if got := x3.apply(t); string(got) != string(target) {
		t.Error("xdelta3 makes something else")
	}
}

func TestNewFilesOfMoreThan4GiBAtScale(t *testing.T) {
	t.Parallel()
	x3 := newXdelta(t)
	begin, middle, end := noise(1, 2*MiB), noise(2, 2*MiB), noise(3, 2*MiB)
	source := &sparse{4*GiB + 20*MiB, map[int64][]byte{100: begin, 2*GiB + 1: middle, 4*GiB + 10*MiB: end}}
	target := &sparse{4*GiB + 21*MiB, map[int64][]byte{100: begin, 2*GiB + 1: middle, 4*GiB - 10: middle, 4*GiB + 12*MiB + 7: end}}
	d := encode(t, source, target)
	if len(d) > 3*MiB {
		t.Errorf("a delta of %d bytes", len(d))
	}
	if err := check(d, source, target); err != nil {
		t.Error(err)
	}
	x3.putSparse(t, "old", source)
	x3.put(t, "delta", d)
	x3.compare(t, target)
}

// expected is a writer that wants to be written what is there.
type expected struct {
	delta.File
	at int64
}

func (e *expected) Write(p []byte) (int, error) {
	want := make([]byte, len(p))
	if _, err := e.ReadAt(want, e.at); err != nil || !bytes.Equal(p, want) {
		return 0, fmt.Errorf("it makes something else between %d and %d", e.at, e.at+int64(len(p)))
	}
	e.at += int64(len(p))
	return len(p), nil
}

// compare has xdelta3 make a file that nobody wants to keep.
func (x3 *xdelta) compare(t fataler, target delta.File) {
	t.Helper()
	var said bytes.Buffer
	out := &expected{File: target}
	cmd := exec.Command(x3.xdelta3, "-d", "-c", "-s", x3.path("old"), x3.path("delta"))
	cmd.Stdout, cmd.Stderr = out, &said
	if err := cmd.Run(); err != nil || out.at != target.Size() {
		t.Fatalf("xdelta3 makes %d bytes of %d: %v: %s", out.at, target.Size(), err, &said)
	}
}
