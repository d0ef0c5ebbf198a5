package rootfs

// slab is a list that grows without being moved: to double a list of millions takes thrice
// its memory for a moment. Its items have numbers from 0.
type slab[T any] struct {
	chunks [][]T
	count  int
}

const (
	// slabChunk is how many items are allocated at once, when there are many.
	slabChunk = 1 << 14
	// firstItems are allocated at first: most trees are small. Until there are many, the
	// first chunk grows by this factor, which leaves less behind than append does.
	firstItems, growth = 64, 4
)

// add appends an item. Pointers to others may be outdated then.
func (s *slab[T]) add(item T) uint32 {
	n := s.count
	switch {
	case n == 0:
		s.chunks = append(s.chunks, make([]T, 0, firstItems))
	case n%slabChunk == 0:
		s.chunks = append(s.chunks, make([]T, 0, slabChunk))
	}
	last := &s.chunks[n/slabChunk]
	if len(*last) == cap(*last) {
		*last = append(make([]T, 0, min(growth*cap(*last), slabChunk)), *last...)
	}
	*last = append(*last, item)
	s.count++
	return uint32(n)
}

// at points at an item, until the next one is added.
func (s *slab[T]) at(n uint32) *T { return &s.chunks[n/slabChunk][n%slabChunk] }

// pool is a slab whose items are used again when they are no longer needed.
type pool[T any] struct {
	slab[T]
	free []uint32
}

// put keeps an item, in the place of one that was released if there is any.
func (p *pool[T]) put(item T) uint32 {
	last := len(p.free) - 1
	if last < 0 {
		return p.add(item)
	}
	n := p.free[last]
	p.free = p.free[:last]
	*p.at(n) = item
	return n
}

// release has an item's number given to another one. What the item holds stays until then.
func (p *pool[T]) release(n uint32) { p.free = append(p.free, n) }

// texts holds many short strings, of less than 64 KiB each.
type texts struct {
	chunks [][]byte
}

// text is where a string is: the number of its chunk, and the offset in that.
type text uint32

const textChunk = 1 << 16

// firstText is how many bytes the first chunk has at first.
const firstText = 1 << 10

// full says that there is no room for another string.
func (t *texts) full() bool { return len(t.chunks) == 1<<16 }

// add keeps a string. Two bytes before it are its length.
func (t *texts) add(s []byte) text {
	b, at := t.begin(len(s))
	*b = append(*b, s...)
	return at
}

func (t *texts) addString(s string) text {
	b, at := t.begin(len(s))
	*b = append(*b, s...)
	return at
}

// begin makes room for a string, and writes its length.
func (t *texts) begin(length int) (chunk *[]byte, at text) {
	size := 2 + length
	last := len(t.chunks) - 1
	if last < 0 || len(t.chunks[last])+size > textChunk {
		room := textChunk
		if last++; last == 0 {
			room = firstText
		}
		t.chunks = append(t.chunks, make([]byte, 0, room))
	}
	chunk = &t.chunks[last]
	used := len(*chunk)
	if used+size > cap(*chunk) {
		*chunk = append(make([]byte, 0, min(max(growth*cap(*chunk), used+size), textChunk)), *chunk...)
	}
	*chunk = append(*chunk, byte(length), byte(length>>8))
	return chunk, text(last)<<16 | text(used)
}

// at is a string, which stays what it is when others are added. It must not be changed.
func (t *texts) at(n text) []byte {
	b := t.chunks[n>>16][n&(textChunk-1):]
	size := int(b[0]) | int(b[1])<<8
	return b[2 : 2+size]
}
