package block

import "context"

// Codec compresses blocks at one level, and reads blocks of every level. One
// serves the whole program: it is what bounds the memory that blocks take. It is
// safe for concurrent use.
type Codec struct {
	compressor *compressor
	expander   *expander
	repeating  *compressor
}

// NewCodec returns a codec that compresses on all cores.
func NewCodec(l Level) *Codec { return newCodec(l, newCompressor(l)) }

// NewNarrowCodec returns a codec that compresses on one core, for a program with little to
// compress: it keeps less memory.
func NewNarrowCodec(l Level) *Codec { return newCodec(l, newCompressorOf(l, 1)) }

func newCodec(l Level, main *compressor) *Codec {
	c := &Codec{compressor: main, expander: newExpander(), repeating: newCompressorOf(l, 1)}
	c.repeating.memo, c.repeating.free = &memo{}, main.free
	return c
}

// Repeating returns a codec of the same level for blocks most of which were compressed
// before. It remembers some, and does not wait for those who compress others; at Best, it
// is the one for a caller with little to compress.
func (c *Codec) Repeating() *Codec {
	if c.Level() == Best || c.repeating == nil {
		return c.SingleThreaded()
	}
	return &Codec{compressor: c.repeating, expander: c.expander}
}

// SingleThreaded returns a codec of the same level for a caller with little to
// compress and little memory to spare: at Best, it has one encoder. That of such a
// codec is the codec itself.
func (c *Codec) SingleThreaded() *Codec {
	if c.Level() != Best || cap(c.compressor.places.all) == 1 {
		return c
	}
	return &Codec{compressor: newCompressorOf(Best, 1), expander: c.expander}
}

// Level is what blocks are compressed with.
func (c *Codec) Level() Level { return c.compressor.level }

// Compress appends src to dst in compressed form, or as it is if that is not
// longer: then it returns raw.
func (c *Codec) Compress(dst, src []byte) (out []byte, raw bool) {
	return c.compressor.compress(context.Background(), false, dst, src)
}

// ReleaseIdle frees the memory that is kept from one block to the next, for a
// caller that needs much itself. It may be called at any time.
func (c *Codec) ReleaseIdle() {
	c.compressor.releaseIdle()
	if c.repeating != nil {
		c.repeating.releaseIdle()
	}
}
