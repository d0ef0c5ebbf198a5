package layer

import (
	"bufio"
	"context"
	"io"
	"math"
	"math/bits"
	"runtime"

	"github.com/klauspost/compress/zstd"

	"lxdocker/internal/memory"
)

const (
	// maxWindow bounds the window of a frame, in bytes. It is what the zstd program
	// accepts by default, and so what --ultra -22 needs.
	maxWindow = 128 << 20
	// allWindows bounds the windows of all layers that share the cache's. Nearly
	// all layers need 8 MiB at most; those that need more wait for each other.
	allWindows = maxWindow
	// minWindow is the first window of a layer. It bounds how often frames with ever
	// larger windows can ask for more.
	minWindow = 1 << 20
	// wideWindow is the size from which on the memory of a window is collected at once,
	// because the next window may be as large.
	wideWindow = 16 << 20
)

// zstdReader expands a stream of zstd frames. It holds as many bytes of
// windows as the window of the current frame has, and never waits for more while it
// holds any.
//
// Every frame counts, not only the first: writers that make one for each file, as for
// zstd:chunked layers, begin with a small one. It would be simpler to give every layer
// the usual 8 MiB and one of them the rest, but six layers would take 48 MiB more.
type zstdReader struct {
	ctx     context.Context
	windows Windows
	frames  frameReader
	decoder *zstd.Decoder
	lent    func() // gives back what the garbage collector leaves to a wide window; nil: there is none
}

func newZstdReader(ctx context.Context, windows Windows, in *bufio.Reader) (*zstdReader, error) {
	z := &zstdReader{ctx: ctx, windows: windows, frames: frameReader{in: in}}
	err := z.useWindow(minWindow)
	if err != nil {
		_ = z.Close()
	}
	return z, err
}

// useWindow starts a decoder for windows of so many bytes.
func (z *zstdReader) useWindow(window int64) (err error) {
	if err := z.Close(); err != nil {
		return err
	}
	if err := z.windows.Acquire(z.ctx, window); err != nil {
		if z.ctx.Err() != nil {
			return context.Cause(z.ctx)
		}
		return err
	}
	z.frames.window, z.frames.wanted = window, 0
	goroutines := 2
	if window >= wideWindow {
		z.lent = memory.Lend(window)
		goroutines = 1 // no goroutine of its own, which might hold the window for a moment after Close
	}
	// Whatever frameReader thinks, the decoder enforces what it reads itself.
	z.decoder, err = zstd.NewReader(&z.frames, zstd.WithDecoderMaxWindow(uint64(window)), zstd.WithDecoderLowmem(true), zstd.WithDecoderConcurrency(goroutines))
	return err
}

// Read implements io.Reader.
func (z *zstdReader) Read(p []byte) (int, error) {
	for {
		n, err := z.decoder.Read(p)
		if err != io.EOF || z.frames.wanted == 0 {
			return n, err
		}
		if err := z.useWindow(z.frames.wanted); err != nil || n > 0 {
			return n, err
		}
	}
}

// Close implements io.Closer.
func (z *zstdReader) Close() error {
	if z.decoder != nil {
		z.decoder.Close()
		z.decoder = nil
	}
	if z.frames.window >= wideWindow {
		runtime.GC()
	}
	if z.lent != nil {
		z.lent()
		z.lent = nil
	}
	if z.frames.window > 0 {
		z.windows.Release(z.frames.window)
	}
	z.frames.window = 0
	return nil
}

// frameReader passes zstd frames on, up to one that needs a larger window. It knows as
// much of RFC 8878 as it takes to find where frames begin. Anything else is for the
// decoder to complain about.
type frameReader struct {
	in     *bufio.Reader
	window int64 // bytes that are allowed
	wanted int64 // bytes that the next frame needs, if these are more

	left   int64 // bytes to pass on before the next header
	blocks bool  // the next header is that of a block
	sum    bool  // the frame ends with a checksum
	filled bool  // the frame has a block that is not empty
	empty  int   // how many frames and blocks had no content
}

// nothing counts a frame or block without content.
func (f *frameReader) nothing() error {
	if f.empty++; f.empty > maxEmpty {
		return corruptf("expanding it: more than %d of its zstd frames and blocks are empty", maxEmpty)
	}
	return nil
}

// Read implements io.Reader.
func (f *frameReader) Read(p []byte) (int, error) {
	for f.left == 0 {
		if err := f.next(); err != nil {
			return 0, err
		}
	}
	n, err := f.in.Read(p[:min(int64(len(p)), f.left)])
	f.left -= int64(n)
	return n, err
}

func (f *frameReader) next() error {
	if f.blocks {
		return f.block()
	}
	return f.frame()
}

// frame reads the header of a frame (RFC 8878, 3.1.1.1), which has at most 18 bytes.
func (f *frameReader) frame() error {
	head, err := f.in.Peek(18)
	if len(head) == 0 {
		return err
	}
	var h zstd.Header
	if h.Decode(head) != nil {
		f.left = math.MaxInt64
		return nil
	}
	if h.Skippable {
		f.left = int64(h.HeaderSize) + int64(h.SkippableSize)
		return f.nothing()
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
	f.left, f.blocks, f.sum, f.filled = int64(h.HeaderSize), true, h.HasCheckSum, false
	return nil
}

// block reads the header of a block (RFC 8878, 3.1.1.2).
func (f *frameReader) block() error {
	const header, checksum = 3, 4
	const repeated, reserved = 1, 3 // types
	b, err := f.in.Peek(header)
	if len(b) < header {
		f.left = int64(len(b))
		if len(b) == 0 {
			return err
		}
		return nil
	}
	word := int64(b[0]) | int64(b[1])<<8 | int64(b[2])<<16
	last, kind, size := word&1 == 1, word>>1&3, word>>3
	empty := size == 0 // writers end frames with such a block
	f.filled = f.filled || !empty
	switch kind {
	case repeated:
		size = 1
	case reserved:
		size = math.MaxInt32
	}
	f.left = header + size
	if last {
		f.blocks = false
		if f.sum {
			f.left += checksum
		}
	}
	if empty && (!last || !f.filled) {
		return f.nothing()
	}
	return nil
}
