package oci

import "context"

// lazy is a value that is made when first asked for, by one caller while the
// others wait. A failure is not kept: the next caller tries again.
type lazy[T any] struct {
	turn  chan struct{} // holds one token
	made  bool
	value T
}

func newLazy[T any]() *lazy[T] {
	l := &lazy[T]{turn: make(chan struct{}, 1)}
	l.turn <- struct{}{}
	return l
}

func (l *lazy[T]) get(ctx context.Context, create func() (T, error)) (T, error) {
	var none T
	select {
	case <-ctx.Done():
		return none, context.Cause(ctx)
	case <-l.turn:
	}
	defer func() { l.turn <- struct{}{} }()
	if l.made {
		return l.value, nil
	}
	v, err := create()
	if err != nil {
		return none, err
	}
	l.value, l.made = v, true
	return v, nil
}

// set replaces the value.
func (l *lazy[T]) set(v T) {
	<-l.turn
	l.value, l.made = v, true
	l.turn <- struct{}{}
}
