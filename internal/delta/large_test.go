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
	w := newWorld(t)
	begin, middle, end := noise(1, 2*MiB), noise(2, 2*MiB), noise(3, 2*MiB)
	old := &sparse{5*GiB + 3, map[int64][]byte{0: begin, 3*GiB + 1: middle, 5*GiB + 3 - 2*MiB: end}}
	// Windows may need what is too far apart for one, in any order.
	new := join(end, begin[MiB:], middle[:MiB+5], end[:MiB], middle[1000:1500], end[7000:8000], begin[1100*KiB:], make([]byte, 5000), middle)
	parts := &sparse{int64(len(new)), map[int64][]byte{0: new}}
	d := encode(t, old, parts)
	if len(d) > 4096 {
		t.Errorf("a delta of %d bytes for what is all there", len(d))
	}
	if err := check(d, old, parts); err != nil {
		t.Error(err)
	}
	w.putSparse(t, "old", old)
	w.put(t, "delta", d)
	if got := w.apply(t); string(got) != string(new) {
		t.Error("xdelta3 makes something else")
	}
}

func TestNewFilesOfMoreThan4GiB(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	begin, middle, end := noise(1, 2*MiB), noise(2, 2*MiB), noise(3, 2*MiB)
	old := &sparse{4*GiB + 20*MiB, map[int64][]byte{100: begin, 2*GiB + 1: middle, 4*GiB + 10*MiB: end}}
	new := &sparse{4*GiB + 21*MiB, map[int64][]byte{100: begin, 2*GiB + 1: middle, 4*GiB - 10: middle, 4*GiB + 12*MiB + 7: end}}
	d := encode(t, old, new)
	if len(d) > 3*MiB {
		t.Errorf("a delta of %d bytes", len(d))
	}
	if err := check(d, old, new); err != nil {
		t.Error(err)
	}
	w.putSparse(t, "old", old)
	w.put(t, "delta", d)
	w.compare(t, new)
}

// expected is a writer that wants to be written what is there.
type expected struct {
	delta.Source
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
func (w *world) compare(t fataler, new delta.Source) {
	t.Helper()
	var said bytes.Buffer
	out := &expected{Source: new}
	cmd := exec.Command(w.xdelta3, "-d", "-c", "-s", w.path("old"), w.path("delta"))
	cmd.Stdout, cmd.Stderr = out, &said
	if err := cmd.Run(); err != nil || out.at != new.Size() {
		t.Fatalf("xdelta3 makes %d bytes of %d: %v: %s", out.at, new.Size(), err, &said)
	}
}
