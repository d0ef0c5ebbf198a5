package registry

import (
	"context"
	"sync"
)

// onceValue is a value that is made when first asked for, by one caller while the
// others wait. Unlike sync.OnceValue's, a failure is not kept: who waited tries
// itself, and whoever does not want to wait any more need not.
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

// maxValues bounds what is remembered of registries and repositories: a server
// is asked for names that strangers choose.
const maxValues = 1000

// onceValues is one of them for each key. The zero value is empty.
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
			vs.m = map[string]*onceValue[T]{} // who uses one keeps it
		}
		v = newOnceValue[T]()
		vs.m[key] = v
	}
	return v
}
