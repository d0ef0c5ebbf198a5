package block

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"
	"time"
)

func writeTo(w io.Writer, v any) { fmt.Fprintf(w, "%+v\n", v) }

func TestAFailingReaderIsToBlame(t *testing.T) {
	broken := errors.New("broken")
	c := NewCodec(Fast)
	before := runtime.NumGoroutine()
	for behaviour, x := range map[string]struct {
		r    io.Reader
		size int64
		want error
	}{
		"a small content fails":                     {iotest.ErrReader(broken), 10, broken},
		"a small content ends early":                {bytes.NewReader(make([]byte, 9)), 10, io.ErrUnexpectedEOF},
		"a large content fails":                     {io.MultiReader(bytes.NewReader(noise(1, 3*Size)), iotest.ErrReader(broken)), 5 * Size, broken},
		"a large content ends early":                {bytes.NewReader(noise(1, 3*Size)), 5 * Size, io.ErrUnexpectedEOF},
		"a large content ends at a block's edge":    {bytes.NewReader(noise(1, Size)), Size + 1, io.ErrUnexpectedEOF},
		"a large content is empty":                  {bytes.NewReader(nil), Size, io.ErrUnexpectedEOF},
		"a large content ends with its first bytes": {iotest.DataErrReader(bytes.NewReader(noise(1, Size))), 2 * Size, io.ErrUnexpectedEOF},
	} {
		t.Run(behaviour, func(t *testing.T) {
			w := NewWriter(c, emptyFile(t))
			defer w.Discard()
			if _, err := w.Add(context.Background(), bytes.NewReader([]byte("good")), 4); err != nil {
				t.Fatal(err)
			}
			_, err := w.Add(context.Background(), x.r, x.size)
			if readErr, ok := errors.AsType[*ReadError](err); !ok || !errors.Is(err, x.want) || readErr.Err != x.want {
				t.Errorf("got %v", err)
			}
		})
	}
	expectQuiet(t, before)
	expectIdle(t, c)
}

// expectIdle waits until no block is on its way any more.
func expectIdle(t *testing.T, c *Codec) {
	t.Helper()
	for wait := 0; len(c.compressor.tokens.all) > 0; wait++ {
		if wait == 500 {
			t.Fatalf("%d blocks are still on their way", len(c.compressor.tokens.all))
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestBytesBeyondTheSizeAreNotRead(t *testing.T) {
	w := NewWriter(NewCodec(Fast), emptyFile(t))
	defer w.Discard()
	for _, size := range []int{10, Size, Size + 1} {
		r := bytes.NewReader(noise(size, size+3))
		if _, err := w.Add(context.Background(), r, int64(size)); err != nil || r.Len() != 3 {
			t.Errorf("%d bytes are left of 3: %v", r.Len(), err)
		}
	}
}

func TestAFullDiskIsNotTheReadersFault(t *testing.T) {
	c := NewCodec(Fast)
	before := runtime.NumGoroutine()
	for behaviour, sizes := range map[string][]int{
		"while a large content is added": {100 * Size},
		"while many contents are added":  {3 * Size, 5 * Size, 5, 90 * Size},
		"at the end, with a fragment":    {10},
		"at the end, with a block":       {Size},
	} {
		t.Run(behaviour, func(t *testing.T) {
			full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer full.Close()
			w := NewWriter(c, full)
			defer w.Discard()
			content := noise(1, Size)
			for i, size := range sizes {
				content[0] = byte(i)
				readers := make([]io.Reader, 0, size/Size+1)
				for range cap(readers) {
					readers = append(readers, bytes.NewReader(content))
				}
				if _, err = w.Add(context.Background(), io.MultiReader(readers...), int64(size)); err != nil {
					break
				}
			}
			if err == nil {
				_, err = w.Finish(context.Background())
			}
			if _, blamed := errors.AsType[*ReadError](err); blamed || !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("got %v", err)
			}
		})
	}
	expectQuiet(t, before)
	expectIdle(t, c)
}

// endless is a reader of noise that ends with its context only by Add's own look.
type endless struct {
	at    int
	after int
	then  func()
}

func (e *endless) Read(p []byte) (int, error) {
	if e.at += len(p); e.at >= e.after && e.then != nil {
		e.then()
		e.then = nil
	}
	return len(p), nil
}

func TestCancellationEndsAdd(t *testing.T) {
	c := NewCodec(Fast)
	before := runtime.NumGoroutine()
	enough := errors.New("enough")
	for _, after := range []int{1, Size, 20 * Size} {
		ctx, cancel := context.WithCancelCause(context.Background())
		w := NewWriter(c, emptyFile(t))
		_, err := w.Add(ctx, &endless{after: after, then: func() { cancel(enough) }}, 1<<50)
		if !errors.Is(err, enough) {
			t.Errorf("after %d bytes: %v", after, err)
		}
		w.Discard()
	}
	expectQuiet(t, before)
	expectIdle(t, c)
}

func TestCancellationEndsWaitingForOthers(t *testing.T) {
	c := NewCodec(Fast)
	for range cap(c.compressor.tokens.all) { // somebody else has all blocks on their way
		c.compressor.tokens.all <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	w := NewWriter(c, emptyFile(t))
	if _, err := w.Add(ctx, bytes.NewReader(noise(1, Size)), Size); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	w.Discard()
	w = NewWriter(c, emptyFile(t))
	if _, err := w.Add(context.Background(), bytes.NewReader(noise(1, 10)), 10); err != nil {
		t.Error(err)
	}
	if _, err := w.Finish(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestContentsOfImpossibleSizeAreRefused(t *testing.T) {
	w := NewWriter(NewCodec(Fast), emptyFile(t))
	defer w.Discard()
	if _, err := w.Add(context.Background(), bytes.NewReader(nil), 1<<62); err == nil {
		t.Error("it is accepted")
	} else if _, blamed := errors.AsType[*ReadError](err); blamed {
		t.Errorf("the reader gets the blame: %v", err)
	}
}

func TestManyWritersShareOneCodec(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	c := NewCodec(Fast) // three blocks at once for all
	before := runtime.NumGoroutine()
	var wg sync.WaitGroup
	for i := range 10 {
		contents := [][]byte{text(i, 5*Size), noise(i, 3000), noise(i+50, 2*Size+1), text(i+50, 99)}
		file := emptyFile(t)
		wg.Go(func() {
			w := NewWriter(c, file)
			defer w.Discard()
			var files []File
			for _, content := range contents {
				f, err := w.Add(context.Background(), bytes.NewReader(content), int64(len(content)))
				if err != nil {
					t.Error(err)
					return
				}
				files = append(files, f)
			}
			if i%3 == 0 {
				return // some give up
			}
			table, err := w.Finish(context.Background())
			if err != nil {
				t.Error(err)
				return
			}
			s, err := NewStore(file, table, NewCodec(Fast), nil)
			if err != nil {
				t.Error(err)
				return
			}
			for j, want := range contents {
				expectContent(t, s, files[j], want)
			}
		})
	}
	wg.Wait()
	expectQuiet(t, before)
	expectIdle(t, c)
	if most := cap(c.compressor.free); len(c.compressor.free) > most {
		t.Errorf("%d buffers are kept, more than %d", len(c.compressor.free), most)
	}
}
