package layer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/layer"
)

// gate is a blob whose reader waits until it is opened or closed.
type gate struct {
	io.Reader
	open, closed chan struct{}
	closes       atomic.Int32
}

func newGate(blob []byte) *gate {
	return &gate{Reader: bytes.NewReader(blob), open: make(chan struct{}), closed: make(chan struct{})}
}

func (g *gate) Read(p []byte) (int, error) {
	select {
	case <-g.open:
		return g.Reader.Read(p)
	case <-g.closed:
		return 0, os.ErrClosed
	}
}

func (g *gate) Close() error {
	if g.closes.Add(1) == 1 {
		close(g.closed)
	}
	return nil
}

func TestOneReadsAndTheOthersWait(t *testing.T) {
	archive := archiveOf(t, file("a", "a"))
	cache := openCache(t, 0)
	blob := newGate(archive)
	var opened atomic.Int32
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			p, err := cache.Pack(context.Background(), describe(archive, archive), func(context.Context) (io.ReadCloser, error) {
				opened.Add(1)
				return blob, nil
			})
			if err != nil {
				t.Error(err)
				return
			}
			defer p.Close()
			if got := list(t, p); len(got) != 1 {
				t.Errorf("got %q", got)
			}
		})
	}
	close(blob.open)
	wg.Wait()
	if opened.Load() != 1 || blob.closes.Load() != 1 {
		t.Errorf("opened %d times, closed %d times", opened.Load(), blob.closes.Load())
	}
}

func TestWhoWaitsForOneThatFailsTriesItself(t *testing.T) {
	archive := archiveOf(t, file("a", "a"))
	cache := openCache(t, 0)
	b := describe(archive, archive)
	ctx, cancel := context.WithCancel(context.Background())
	first := newGate(archive) // never opens
	reading := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := cache.Pack(ctx, b, func(context.Context) (io.ReadCloser, error) {
			close(reading)
			return first, nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the first got %v", err)
		}
	})
	<-reading
	for range 5 {
		wg.Go(func() {
			p, err := cache.Pack(context.Background(), b, serve(archive))
			if err != nil {
				t.Error(err)
				return
			}
			p.Close()
		})
	}
	patient, leave := context.WithCancel(context.Background())
	leave()
	if _, err := cache.Pack(patient, b, serve(archive)); !errors.Is(err, context.Canceled) {
		t.Errorf("who does not want to wait any more got %v", err)
	}
	cancel()
	wg.Wait()
}

func TestCancellationStopsAtOnceAndLeavesNothing(t *testing.T) {
	archive := archiveOf(t, file("a", strings.Repeat("content", 1<<20)))
	for _, encoding := range encodings {
		blob := compressed(t, encoding, archive)
		half := len(blob) / 2
		t.Run(encoding, func(t *testing.T) {
			dir := t.TempDir()
			cache, err := layer.Open(dir, 0, codec())
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancelCause(context.Background())
			tail := newGate(nil) // a read of it ends when it is closed
			source := struct {
				io.Reader
				io.Closer
			}{io.MultiReader(bytes.NewReader(blob[:half]), atEnd(func() { cancel(errors.New("enough")) }), tail), tail}
			start := time.Now()
			_, err = cache.Pack(ctx, describe(blob, archive), func(context.Context) (io.ReadCloser, error) { return source, nil })
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
			expectEmpty(t, dir)
			if tail.closes.Load() != 1 {
				t.Errorf("closed %d times", tail.closes.Load())
			}
		})
	}
}

func TestNoReadOutlastsPack(t *testing.T) {
	archive := archiveOf(t, file("a", strings.Repeat("content", 1<<18)))
	enough, cancel := context.WithCancel(context.Background())
	defer cancel()
	for name, c := range map[string]struct {
		ctx         context.Context
		maxUnpacked int64
		blob        layer.Blob
		head        []byte // what arrives before a read that waits
		want        failure.Kind
	}{
		"the context ends":                     {enough, 0, describe(archive, archive), archive[:1<<20], failure.Unavailable},
		"the layer is too large":               {context.Background(), 1 << 10, describe(archive, archive), archive[:1<<20], failure.TooLarge},
		"the blob is longer than it should be": {context.Background(), 0, describe(archive[:1<<10], archive), archive[:1<<20], failure.Corrupt},
	} {
		t.Run(name, func(t *testing.T) {
			tail := newGate(nil)
			source := &busyReader{Reader: io.MultiReader(bytes.NewReader(c.head), atEnd(cancel), tail), Closer: tail}
			_, err := openCache(t, c.maxUnpacked).Pack(c.ctx, c.blob, func(context.Context) (io.ReadCloser, error) { return source, nil })
			if failure.KindOf(err) != c.want {
				t.Errorf("got %v", err)
			}
			if source.busy.Load() {
				t.Error("the blob is still being read")
			}
		})
	}
}

// busyReader knows whether a Read is under way.
type busyReader struct {
	io.Reader
	io.Closer
	busy atomic.Bool
}

func (r *busyReader) Read(p []byte) (int, error) {
	r.busy.Store(true)
	defer r.busy.Store(false)
	n, err := r.Reader.Read(p)
	if err != nil {
		time.Sleep(20 * time.Millisecond) // so that who does not wait is seen
	}
	return n, err
}

// atEnd is an empty reader that calls when it is read.
type atEnd func()

func (f atEnd) Read([]byte) (int, error) {
	f()
	return 0, io.EOF
}

func TestFaultsOfTheSourceAreNotTheLayers(t *testing.T) {
	archive := archiveOf(t, file("a", strings.Repeat("content", 1<<16)))
	dropped := errors.New("connection reset")
	for _, encoding := range encodings {
		blob := compressed(t, encoding, archive)
		read := func(r io.Reader) func(context.Context) (io.ReadCloser, error) {
			return func(context.Context) (io.ReadCloser, error) { return io.NopCloser(r), nil }
		}
		for behaviour, c := range map[string]struct {
			open func(context.Context) (io.ReadCloser, error)
			want error
		}{
			"not opened":       {func(context.Context) (io.ReadCloser, error) { return nil, dropped }, dropped},
			"dropped at once":  {read(iotest.ErrReader(dropped)), dropped},
			"dropped half-way": {read(io.MultiReader(bytes.NewReader(blob[:len(blob)/2]), iotest.ErrReader(dropped))), dropped},
			"dropped silently": {read(io.MultiReader(bytes.NewReader(blob[:len(blob)/2]), iotest.ErrReader(io.ErrUnexpectedEOF))), io.ErrUnexpectedEOF},
			"dropped at end":   {read(io.MultiReader(bytes.NewReader(blob), iotest.ErrReader(dropped))), dropped},
			"no progress":      {read(idle{}), io.ErrNoProgress},
		} {
			t.Run(encoding+" "+behaviour, func(t *testing.T) {
				dir := t.TempDir()
				cache, err := layer.Open(dir, 0, codec())
				if err != nil {
					t.Fatal(err)
				}
				b := describe(blob, archive)
				if _, err := cache.Pack(context.Background(), b, c.open); !errors.Is(err, c.want) || failure.KindOf(err) == failure.Corrupt || !strings.Contains(err.Error(), b.Digest) {
					t.Errorf("got %v", err)
				}
				expectEmpty(t, dir)
			})
		}
		for behaviour, wrap := range map[string]func(io.Reader) io.Reader{"one byte a time": iotest.OneByteReader, "data with EOF": iotest.DataErrReader} {
			cache := openCache(t, 0)
			p, err := cache.Pack(context.Background(), describe(blob, archive), read(wrap(bytes.NewReader(blob))))
			if err != nil {
				t.Fatalf("%s: %v", behaviour, err)
			}
			p.Close()
		}
	}
}

// idle is a reader that reads nothing, again and again.
type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func TestNoGoroutineStaysBehind(t *testing.T) {
	archive := archiveOf(t, file("a", strings.Repeat("content", 1<<18)))
	before := runtime.NumGoroutine()
	for _, encoding := range encodings {
		blob := compressed(t, encoding, archive)
		for range 5 {
			pack(t, t.TempDir(), 0, describe(blob, archive), blob)
			pack(t, t.TempDir(), 1, describe(blob, archive), blob)
			pack(t, t.TempDir(), 0, describe(blob, nil), blob)
			pack(t, t.TempDir(), 0, describe(blob, archive), blob[:len(blob)/2])
		}
	}
	for wait := 0; runtime.NumGoroutine() > before; wait++ {
		if wait == 500 {
			t.Fatalf("%d goroutines more than before", runtime.NumGoroutine()-before)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestContentsAreReadInAnyOrderByAnyone(t *testing.T) {
	var members []member
	for i := range 50 {
		members = append(members, file(fmt.Sprint(i), strings.Repeat(fmt.Sprint(i, " "), i*1000)))
	}
	p := mustPack(t, archiveOf(t, members...))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			var readers []io.Reader
			for e, err := range p.Entries() {
				if err != nil {
					t.Error(err)
					return
				}
				if e.Inode.Content == nil {
					readers = append(readers, strings.NewReader(""))
					continue
				}
				readers = append(readers, e.Inode.Content.Open())
			}
			for i := len(readers) - 1; i >= 0; i-- {
				data, err := io.ReadAll(readers[i])
				if err != nil || string(data) != members[i].body {
					t.Errorf("%d: %v, or not what it was", i, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestClosedPackCannotBeRead(t *testing.T) {
	p := mustPack(t, archiveOf(t, file("a", "a")))
	for e := range p.Entries() {
		reader := e.Inode.Content.Open()
		p.Close()
		if _, err := io.ReadAll(reader); !errors.Is(err, os.ErrClosed) {
			t.Errorf("got %v", err)
		}
	}
	for _, err := range p.Entries() {
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("got %v", err)
		}
	}
}

func TestSameLayerSamePack(t *testing.T) {
	m := file("a", "a")
	m.PAXRecords = map[string]string{}
	for i := range 20 {
		m.PAXRecords[fmt.Sprint("SCHILY.xattr.user.", i)] = "x"
	}
	archive := archiveOf(t, m, file("b", "b"))
	var first []byte
	for range 5 {
		dir := t.TempDir()
		if _, err := pack(t, dir, 0, describe(archive, archive), archive); err != nil {
			t.Fatal(err)
		}
		index, err := os.ReadFile(filepath.Join(dir, folder(digestOf(archive)), "index"))
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = index
		}
		if !bytes.Equal(index, first) {
			t.Error("two indexes of one layer differ")
		}
	}
}
