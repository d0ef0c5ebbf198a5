package delta_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"lxdocker/internal/delta"
)

// expectQuiet waits until there are no more goroutines than before.
func expectQuiet(t *testing.T, before int) {
	t.Helper()
	for wait := 0; runtime.NumGoroutine() > before; wait++ {
		if wait == 500 {
			t.Fatalf("%d goroutines more than before", runtime.NumGoroutine()-before)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// fullDisk takes some bytes, and no more.
type fullDisk struct{ room int }

var errFull = errors.New("no space left")

func (d *fullDisk) Write(p []byte) (int, error) {
	if len(p) > d.room {
		return d.room, errFull
	}
	d.room -= len(p)
	return len(p), nil
}

// broken fails from some byte on.
type broken struct {
	delta.File
	from int64
}

var errBroken = errors.New("input/output error")

func (b broken) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > b.from {
		return 0, errBroken
	}
	return b.File.ReadAt(p, off)
}

// shrunk says that it is larger than it is.
type shrunk struct{ delta.File }

func (s shrunk) Size() int64 { return s.File.Size() + 1 }

func TestAWriterThatFailsEndsIt(t *testing.T) {
	before := runtime.NumGoroutine()
	source, target := bytes.NewReader(noise(1, 20*MiB)), bytes.NewReader(noise(2, 20*MiB))
	for _, room := range []int{0, 4, 5, 100, MiB, 7 * MiB, 20 * MiB} {
		err := delta.Encode(t.Context(), &fullDisk{room}, source, target)
		if !errors.Is(err, errFull) || !strings.HasPrefix(err.Error(), "encoding a delta: writing: ") {
			t.Errorf("room for %d bytes: %v", room, err)
		}
	}
	expectQuiet(t, before)
}

func TestFilesThatCannotBeReadAreNamed(t *testing.T) {
	before := runtime.NumGoroutine()
	whole := noise(1, 9*MiB)
	other := join(whole[:2*MiB], noise(2, 9000), whole[3*MiB:])
	good, changed := bytes.NewReader(whole), bytes.NewReader(other)
	d := encode(t, good, changed)
	for behaviour, x := range map[string]struct {
		source, target delta.File
		err            error
		want           string
	}{
		"the source at its beginning": {broken{good, 0}, changed, errBroken, "reading the source at 0 of 9437184: input/output error"},
		"the target at its beginning": {good, broken{changed, 0}, errBroken, "reading the target at 0 of 8397608: input/output error"},
		"the source, where it moves":  {broken{good, 5 * MiB}, changed, errBroken, "reading the source at "},
		"the target, where it moves":  {good, broken{changed, 5 * MiB}, errBroken, "reading the target at "},
		"the source at its end":       {broken{good, 9*MiB - 1}, changed, errBroken, "reading the source at "},
		"the target at its end":       {good, broken{changed, int64(len(other) - 1)}, errBroken, "reading the target at "},
		"the target became shorter":   {good, shrunk{changed}, io.ErrUnexpectedEOF, "reading the target at "},
	} {
		t.Run(behaviour, func(t *testing.T) {
			for action, err := range map[string]error{
				"encoding a delta: ": delta.Encode(t.Context(), io.Discard, x.source, x.target),
				"checking a delta: ": check(d, x.source, x.target),
			} {
				if behaviour == "the target became shorter" && action == "checking a delta: " {
					continue // it is too long for the delta
				}
				if !errors.Is(err, x.err) || !strings.Contains(err.Error(), x.want) || !strings.HasPrefix(err.Error(), action) {
					t.Errorf("%sgot %v", action, err)
				}
			}
		})
	}
	expectQuiet(t, before)
}

func TestADeltaThatCannotBeReadIsNotTaken(t *testing.T) {
	source, target, d := pair(t, 1500*KiB)
	for _, n := range []int{0, 4, 5, 6, 20, 30, 2000, len(d) - 1, len(d)} {
		r := io.MultiReader(bytes.NewReader(d[:n]), iotest.ErrReader(errBroken))
		if err := delta.Check(t.Context(), r, bytes.NewReader(source), bytes.NewReader(target)); !errors.Is(err, errBroken) {
			t.Errorf("after %d bytes of %d: %v", n, len(d), err)
		}
	}
	if err := delta.Check(t.Context(), iotest.OneByteReader(bytes.NewReader(d)), bytes.NewReader(source), bytes.NewReader(target)); err != nil {
		t.Errorf("byte by byte: %v", err)
	}
}

// stopping cancels when it was read so often, which is where the work is.
type stopping struct {
	delta.File
	reads chan struct{}
	stop  func()
}

func (s *stopping) ReadAt(p []byte, off int64) (int, error) {
	select {
	case <-s.reads:
	default:
		s.stop()
	}
	return s.File.ReadAt(p, off)
}

func TestWhatIsCancelledDoesNotBegin(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("somebody pressed Ctrl-C")
	cancel(why)
	source, target, d := pair(t, 100)
	for range 20 { // nothing here is left to chance
		for _, err := range []error{
			delta.Encode(ctx, io.Discard, bytes.NewReader(source), bytes.NewReader(target)),
			delta.Encode(ctx, io.Discard, bytes.NewReader(source), bytes.NewReader(source)),
			delta.Check(ctx, bytes.NewReader(d), bytes.NewReader(source), bytes.NewReader(target)),
		} {
			if !errors.Is(err, why) {
				t.Fatalf("got %v", err)
			}
		}
	}
}

func TestCancelledWorkEnds(t *testing.T) {
	before := runtime.NumGoroutine()
	why := errors.New("somebody pressed Ctrl-C")
	whole := noise(1, 20*MiB)
	for _, reads := range []int{0, 1, 5, 30} {
		for behaviour, target := range map[string][]byte{
			"while comparing": whole,
			"while indexing":  whole[10_000:],
			"while searching": noise(2, 20*MiB),
		} {
			d := encode(t, bytes.NewReader(whole), bytes.NewReader(target))
			for action, do := range map[string]func(ctx context.Context, source, target delta.File) error{
				"encoding": func(ctx context.Context, source, target delta.File) error {
					return delta.Encode(ctx, io.Discard, source, target)
				},
				"checking": func(ctx context.Context, source, target delta.File) error {
					return delta.Check(ctx, bytes.NewReader(d), source, target)
				},
			} {
				if action == "checking" && reads > 5 {
					continue // it reads little, in large pieces
				}
				ctx, cancel := context.WithCancelCause(t.Context())
				s := &stopping{bytes.NewReader(target), make(chan struct{}, reads), func() { cancel(why) }}
				for range reads {
					s.reads <- struct{}{}
				}
				if err := do(ctx, bytes.NewReader(whole), s); !errors.Is(err, why) {
					t.Errorf("%s, %s, after %d reads: %v", action, behaviour, reads, err)
				}
			}
		}
	}
	expectQuiet(t, before)
}
