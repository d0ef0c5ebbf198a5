package layer

import (
	"bufio"
	"context"
	"io"
	"math"
	"math/bits"
	"runtime"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sync/semaphore"
)

const (
	// maxWindow bounds what a zstd frame may make us remember, in bytes. It is
	// what the zstd program accepts unless told otherwise, and so what -22 --ultra
	// needs.
	maxWindow = 128 << 20
	// allWindows bounds what the frames of all layers that are expanded at a time
	// may make us remember. Nearly all layers want 8 MiB at most; of those that
	// want more, one waits for the other.
	allWindows = maxWindow
	// minWindow is what a layer has at least, so that frames which want ever more
	// ask a few times only.
	minWindow = 1 << 20
	// wideWindow is from which size on the memory of a window must not wait for
	// the garbage collector's next turn: another one as large comes at once.
	wideWindow = 16 << 20
)

// unzstd expands a stream of zstd frames, with a place in windows for what they
// make it remember. It never waits for a place while it has one.
type unzstd struct {
	ctx     context.Context
	windows *semaphore.Weighted
	frames  frames
	decoder *zstd.Decoder
}

func newUnzstd(ctx context.Context, windows *semaphore.Weighted, in *bufio.Reader) (*unzstd, error) {
	z := &unzstd{ctx: ctx, windows: windows, frames: frames{in: in}}
	err := z.widen(minWindow)
	if err != nil {
		_ = z.Close()
	}
	return z, err
}

// widen begins a decoder that remembers so much.
func (z *unzstd) widen(window int64) (err error) {
	if err := z.Close(); err != nil {
		return err
	}
	if err := z.windows.Acquire(z.ctx, window); err != nil {
		return context.Cause(z.ctx)
	}
	z.frames.window, z.frames.wanted = window, 0
	goroutines := 2
	if window >= wideWindow {
		goroutines = 1 // none of its own, which might have the window for a moment after Close
	}
	// Whatever frames is told, the decoder goes by what it reads itself.
	z.decoder, err = zstd.NewReader(&z.frames, zstd.WithDecoderMaxWindow(uint64(window)), zstd.WithDecoderLowmem(true), zstd.WithDecoderConcurrency(goroutines))
	return err
}

// Read implements io.Reader.
func (z *unzstd) Read(p []byte) (int, error) {
	for {
		n, err := z.decoder.Read(p)
		if err != io.EOF || z.frames.wanted == 0 {
			return n, err
		}
		if err := z.widen(z.frames.wanted); err != nil || n > 0 {
			return n, err
		}
	}
}

// Close implements io.Closer.
func (z *unzstd) Close() error {
	if z.decoder != nil {
		z.decoder.Close()
		z.decoder = nil
	}
	if z.frames.window >= wideWindow {
		runtime.GC()
	}
	z.windows.Release(z.frames.window)
	z.frames.window = 0
	return nil
}

// frames passes zstd frames on, as long as they can do with a window. It knows of
// RFC 8878 what it takes to find where a frame begins; what is no frame is for
// the decoder to complain about.
type frames struct {
	in     *bufio.Reader
	window int64 // for which there is a place
	wanted int64 // by the frame before which it ended, if it is more

	rest   int64 // bytes to pass on before the next part
	blocks bool  // that is a block of the frame
	sum    bool  // the frame ends with a checksum
}

// Read implements io.Reader.
func (f *frames) Read(p []byte) (int, error) {
	for f.rest == 0 {
		if err := f.next(); err != nil {
			return 0, err
		}
	}
	n, err := f.in.Read(p[:min(int64(len(p)), f.rest)])
	f.rest -= int64(n)
	return n, err
}

func (f *frames) next() error {
	if f.blocks {
		return f.block()
	}
	return f.frame()
}

// frame looks at the header of a frame (RFC 8878, 3.1.1.1), which has 18 bytes at
// most.
func (f *frames) frame() error {
	head, err := f.in.Peek(18)
	if len(head) == 0 {
		return err
	}
	var h zstd.Header
	if h.Decode(head) != nil {
		f.rest = math.MaxInt64
		return nil
	}
	if h.Skippable {
		f.rest = int64(h.HeaderSize) + int64(h.SkippableSize)
		return nil
	}
	window := h.WindowSize
	if h.SingleSegment {
		window = h.FrameContentSize
	}
	if window > maxWindow {
		return zstd.ErrWindowSizeExceeded
	}
	if int64(window) > f.window {
		f.wanted = 1 << bits.Len64(window-1)
		return io.EOF
	}
	f.rest, f.blocks, f.sum = int64(h.HeaderSize), true, h.HasCheckSum
	return nil
}

// block looks at the header of a block (RFC 8878, 3.1.1.2).
func (f *frames) block() error {
	const header, checksum = 3, 4
	const repeated, reserved = 1, 3 // types
	b, err := f.in.Peek(header)
	if len(b) < header {
		f.rest = int64(len(b))
		if len(b) == 0 {
			return err
		}
		return nil
	}
	word := int64(b[0]) | int64(b[1])<<8 | int64(b[2])<<16
	last, kind, size := word&1 == 1, word>>1&3, word>>3
	switch kind {
	case repeated:
		size = 1
	case reserved:
		size = math.MaxInt32
	}
	f.rest = header + size
	if last {
		f.blocks = false
		if f.sum {
			f.rest += checksum
		}
	}
	return nil
}
