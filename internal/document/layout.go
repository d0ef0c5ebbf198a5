package document

import (
	"bytes"
	"fmt"
)

// Layout says how a text is made of items.
type Layout[T comparable] struct {
	Head, Separator, Tail string
	Empty                 string                  // the whole text if there are no items
	Item                  func(T) ([]byte, error) // the text of an item
	Key                   func(T) string          // what stays the same when an item changes
}

// Bytes returns the text of items.
func (l Layout[T]) Bytes(items []T) ([]byte, error) {
	if len(items) == 0 {
		return []byte(l.Empty), nil
	}
	b := bytes.NewBufferString(l.Head)
	text, err := l.join(items)
	b.Write(text)
	b.WriteString(l.Tail)
	return b.Bytes(), err
}

func (l Layout[T]) join(items []T) ([]byte, error) {
	var b bytes.Buffer
	for n, i := range items {
		if n > 0 {
			b.WriteString(l.Separator)
		}
		text, err := l.Item(i)
		if err != nil {
			return nil, fmt.Errorf("rendering %s: %w", l.Key(i), err)
		}
		b.Write(text)
	}
	return b.Bytes(), nil
}
