package rootfs

// slab is a list that grows without being moved: to double a list of millions takes thrice
// its memory for a moment. Its items have numbers from 0.
type slab[T any] struct {
	chunks [][]T
	count  int
}

// slabChunk is how many items are allocated at once, when there are many.
const slabChunk = 1 << 14

// add appends an item. Pointers to others may be outdated then.
func (s *slab[T]) add(item T) uint32 {
	n := s.count
	if n%slabChunk == 0 {
		s.chunks = append(s.chunks, nil)
	}
	last := &s.chunks[n/slabChunk]
	*last = append(*last, item)
	s.count++
	return uint32(n)
}

// at points at an item, until the next one is added.
func (s *slab[T]) at(n uint32) *T { return &s.chunks[n/slabChunk][n%slabChunk] }

// texts holds many short strings, of less than 64 KiB each.
type texts struct {
	chunks [][]byte
}

// text is where a string is: the number of its chunk, and the offset in that.
type text uint32

const textChunk = 1 << 16

// full says that there is no room for another string.
func (t *texts) full() bool { return len(t.chunks) == 1<<16 }

// add keeps a string. Two bytes before it are its length.
func (t *texts) add(s string) text {
	size := 2 + len(s)
	last := len(t.chunks) - 1
	if last < 0 || len(t.chunks[last])+size > textChunk {
		t.chunks = append(t.chunks, nil)
		last++
	}
	b := &t.chunks[last]
	at := text(last)<<16 | text(len(*b))
	*b = append(*b, byte(len(s)), byte(len(s)>>8))
	*b = append(*b, s...)
	return at
}

func (t *texts) at(n text) []byte {
	b := t.chunks[n>>16][n&(textChunk-1):]
	size := int(b[0]) | int(b[1])<<8
	return b[2 : 2+size]
}
