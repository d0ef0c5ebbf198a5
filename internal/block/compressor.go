package block

import (
	"runtime"

	"github.com/klauspost/compress/zstd"
)

// maxAtOnce bounds how many blocks are in memory, compressed or about to be: two
// MiB each.
const maxAtOnce = 32

// Compressor compresses blocks on all cores. One serves the whole program: it
// is what bounds the memory that blocks take. Several goroutines may use it.
type Compressor struct {
	level   Level
	encoder *zstd.Encoder
	tokens  chan struct{} // one for each block on its way
	free    chan []byte   // buffers of Size bytes, and more room for what does not shrink
}

// NewCompressor returns a compressor for as many cores as there are.
func NewCompressor(l Level) *Compressor {
	cores := runtime.GOMAXPROCS(0)
	encoder, err := zstd.NewWriter(nil, l.options(cores)...)
	if err != nil {
		panic("block: the encoder's options are wrong: " + err.Error())
	}
	n := min(2*cores+1, maxAtOnce)
	return &Compressor{level: l, encoder: encoder, tokens: make(chan struct{}, n), free: make(chan []byte, 2*n)}
}

// Level is what it was made with.
func (c *Compressor) Level() Level { return c.level }

// Compress appends src to dst in compressed form, or as it is if that is not
// longer: then it returns raw.
func (c *Compressor) Compress(dst, src []byte) (out []byte, raw bool) {
	out = c.encoder.EncodeAll(src, dst)
	if len(out)-len(dst) < len(src) {
		return out, false
	}
	return append(out[:len(dst)], src...), true
}

// room is how much longer than its source a block of zstd may become while it is
// being made.
const room = 4 << 10

func (c *Compressor) buffer() []byte {
	select {
	case b := <-c.free:
		return b[:Size]
	default:
		return make([]byte, Size, Size+room)
	}
}

func (c *Compressor) recycle(b []byte) {
	select {
	case c.free <- b:
	default:
	}
}
