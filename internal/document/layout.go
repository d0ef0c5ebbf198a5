package document

import (
	"fmt"
	"slices"
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
	text, err := l.join([]byte(l.Head), items)
	return append(text, l.Tail...), err
}

// sample is after how many items it is known how long the others are, about.
const sample = 100

// join appends the text of items to another.
func (l Layout[T]) join(text []byte, items []T) ([]byte, error) {
	for n, i := range items {
		if n > 0 {
			text = append(text, l.Separator...)
		}
		item, err := l.Item(i)
		if err != nil {
			return nil, fmt.Errorf("rendering %s: %w", l.Key(i), err)
		}
		if text = append(text, item...); n == sample {
			text = slices.Grow(text, len(text)/sample*(len(items)-sample)*17/16)
		}
	}
	return text, nil
}
