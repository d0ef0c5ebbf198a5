package document

import (
	"hash/fnv"
	"slices"
)

// runLength is how many items a part has on average. Items of one part share what
// compression finds in them; and all of them are rendered when one changes.
const runLength = 32

// List makes documents of a list of items that changes from time to time. Its
// methods may not be called at once.
type List[T comparable] struct {
	Layout[T]
	runs map[T]run[T] // by the first item
	ends [3]*part     // head, separator, tail
}

// run is some items that follow each other.
type run[T comparable] struct {
	items []T
	part  *part
}

// NewList returns a list that makes documents of a layout.
func NewList[T comparable](l Layout[T]) *List[T] {
	list := &List[T]{Layout: l}
	for i, text := range []string{l.Head, l.Separator, l.Tail} {
		list.ends[i] = newPart([]byte(text))
	}
	return list
}

// Document makes the document of items. It renders those that were not in the last
// one, and their neighbours; for the others, an item that is equal has to have the
// same text.
func (l *List[T]) Document(items []T) (*Document, error) {
	if len(items) == 0 {
		l.runs = nil
		return New([]byte(l.Empty)), nil
	}
	parts := []*part{l.ends[0]}
	next := map[T]run[T]{}
	for n, items := range cut(items, l.Key) {
		r, ok := l.runs[items[0]]
		if !ok || !slices.Equal(r.items, items) {
			text, err := l.join(nil, items)
			if err != nil {
				return nil, err
			}
			r = run[T]{slices.Clone(items), newPart(text)}
		}
		if next[items[0]] = r; n > 0 {
			parts = append(parts, l.ends[1])
		}
		parts = append(parts, r.part)
	}
	l.runs = next
	return newDocument(append(parts, l.ends[2])), nil
}

// cut cuts items into runs. Where, is told by single items: one that comes or goes
// moves no other cut.
func cut[T any](items []T, key func(T) string) (runs [][]T) {
	begin := 0
	for i, item := range items {
		h := fnv.New32a()
		_, _ = h.Write([]byte(key(item)))
		if i > begin && h.Sum32()%runLength == 0 || i-begin == 8*runLength {
			runs = append(runs, items[begin:i])
			begin = i
		}
	}
	return append(runs, items[begin:])
}
