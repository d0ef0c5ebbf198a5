package registry

import (
	"context"
	"sync"
)

// onceValue is a value that the first caller makes while the others wait. Unlike with
// sync.OnceValue, a failure is not kept, so the next caller tries again, and waiting
// ends with the caller's context.
type onceValue[T any] struct {
	turn  chan struct{} // holds one token
	made  bool
	value T
}

func newOnceValue[T any]() *onceValue[T] {
	v := &onceValue[T]{turn: make(chan struct{}, 1)}
	v.turn <- struct{}{}
	return v
}

func (v *onceValue[T]) get(ctx context.Context, create func() (T, error)) (T, error) {
	var none T
	select {
	case <-ctx.Done():
		return none, context.Cause(ctx)
	case <-v.turn:
	}
	defer func() { v.turn <- struct{}{} }()
	if v.made {
		return v.value, nil
	}
	value, err := create()
	if err != nil {
		return none, err
	}
	v.value, v.made = value, true
	return value, nil
}

// set replaces the value.
func (v *onceValue[T]) set(value T) {
	<-v.turn
	v.value, v.made = value, true
	v.turn <- struct{}{}
}

// maxValues limits how many registries and repositories are remembered: strangers
// choose the names that a server is asked for.
const maxValues = 1000

// onceValues has one onceValue per key. The zero value is empty.
type onceValues[T any] struct {
	mu sync.Mutex
	m  map[string]*onceValue[T]
}

func (vs *onceValues[T]) of(key string) *onceValue[T] {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	v, ok := vs.m[key]
	if !ok {
		if vs.m == nil || len(vs.m) >= maxValues {
			vs.m = map[string]*onceValue[T]{} // values in use stay valid
		}
		v = newOnceValue[T]()
		vs.m[key] = v
	}
	return v
}
