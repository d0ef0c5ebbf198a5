package block

import (
	"container/list"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// recent is how many expanded fragments, of 1 MiB, are kept. Files of one directory mostly
// share a fragment, but trees are not read in the order of layers.
const recent = 16

// expander reads compressed blocks, and keeps the fragments it read last.
type expander struct {
	decoder *zstd.Decoder
	buffers sync.Pool // of *[Size]byte, for compressed blocks

	mu    sync.Mutex
	known map[fragmentKey]*list.Element
	order list.List // of *fragment, the last used first
}

type fragmentKey struct {
	store  *Store
	number int32
}

type fragment struct {
	fragmentKey
	content []byte
}

func newExpander() *expander {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(Size), zstd.WithDecoderLowmem(true))
	if err != nil {
		panic("block: the decoder's options are wrong: " + err.Error())
	}
	return &expander{decoder: d, known: make(map[fragmentKey]*list.Element)}
}

func (e *expander) scratch() *[Size]byte {
	if b, ok := e.buffers.Get().(*[Size]byte); ok {
		return b
	}
	return new([Size]byte)
}

func (e *expander) recycle(b *[Size]byte) { e.buffers.Put(b) }

// expand appends the content of a compressed block to buf, which is at most Size.
func (e *expander) expand(buf, stored []byte) ([]byte, error) {
	return e.decoder.DecodeAll(stored, buf)
}

// fragment returns an expanded fragment, from memory if it is there.
func (e *expander) fragment(k fragmentKey, expand func() ([]byte, error)) ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if at, ok := e.known[k]; ok {
		e.order.MoveToFront(at)
		return at.Value.(*fragment).content, nil
	}
	content, err := expand()
	if err != nil {
		return nil, err
	}
	if e.order.Len() == recent {
		last := e.order.Back()
		delete(e.known, last.Value.(*fragment).fragmentKey)
		e.order.Remove(last)
	}
	e.known[k] = e.order.PushFront(&fragment{k, content})
	return content, nil
}

// forget drops the fragments of a store that is closed.
func (e *expander) forget(s *Store) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for k, at := range e.known {
		if k.store == s {
			delete(e.known, k)
			e.order.Remove(at)
		}
	}
}
