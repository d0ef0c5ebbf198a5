package block

import (
	"context"
	"runtime"
	"sync"

	"github.com/klauspost/compress/zstd"

	"lxdocker/internal/background"
)

// maxCores bounds how many blocks are compressed at once, however many cores there are.
// Each takes an encoder of 3 MiB, and two blocks on their way, of two MiB each. Eight
// compress as fast as six layers are unpacked.
const maxCores = 8

// compressor compresses blocks on all cores.
type compressor struct {
	level  Level
	places lanes       // one for each block that is being compressed
	tokens lanes       // one for each block on its way
	free   chan []byte // buffers of Size bytes, with room for blocks that do not shrink

	memo *memo // nil: there is none

	mu   sync.Mutex
	idle []*zstd.Encoder // the last one was used last
}

// newCompressor returns a compressor for as many cores as there are.
func newCompressor(l Level) *compressor {
	cores := min(runtime.GOMAXPROCS(0), maxCores)
	if l == Best {
		cores = min(cores, maxBest)
	}
	return newCompressorOf(l, cores)
}

func newCompressorOf(l Level, cores int) *compressor {
	n := 2*cores + 1
	places, tokens := newLanes(cores, 1), newLanes(n, 2)
	if l == Best { // one more encoder would take 35 MiB
		places, tokens = newLanes(cores, 0), newLanes(n, 0)
	}
	return &compressor{level: l, places: places, tokens: tokens, free: make(chan []byte, 2*n)}
}

func (c *compressor) compress(ctx context.Context, spared bool, dst, src []byte) (out []byte, raw bool) {
	if c.memo == nil || len(src) < worthRemembering {
		out = c.encode(ctx, spared, dst, src)
	} else {
		out = append(dst, c.memo.of(src, func() []byte { return c.encode(ctx, spared, nil, src) })...)
	}
	if len(out)-len(dst) < len(src) {
		return out, false
	}
	return append(out[:len(dst)], src...), true
}

func (c *compressor) encode(ctx context.Context, spared bool, dst, src []byte) (out []byte) {
	lane := c.places.enter(spared)
	e := c.encoder()
	background.Do(ctx, func() { out = e.EncodeAll(src, dst) })
	c.mu.Lock()
	c.idle = append(c.idle, e)
	c.mu.Unlock()
	<-lane
	return out
}

// encoder returns one that is idle, or a new one.
func (c *compressor) encoder() *zstd.Encoder {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := len(c.idle) - 1
	if last < 0 {
		return c.level.encoder()
	}
	e := c.idle[last]
	c.idle = c.idle[:last]
	return e
}

func (c *compressor) releaseIdle() {
	c.mu.Lock()
	c.idle = nil
	c.mu.Unlock()
	for {
		select {
		case <-c.free:
		default:
			return
		}
	}
}

// room is how much longer than its source a block may become during compression.
const room = 4 << 10

func (c *compressor) buffer() []byte {
	select {
	case b := <-c.free:
		return b[:Size]
	default:
		return make([]byte, Size, Size+room)
	}
}

func (c *compressor) recycle(b []byte) {
	select {
	case c.free <- b:
	default:
	}
}
