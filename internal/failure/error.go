package failure

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Types of other packages may know their kind, and how long to wait, themselves.
type (
	kinder interface {
		error
		FailureKind() Kind
	}
	waiter interface {
		error
		RetryAfter() time.Duration
	}
)

// classified is an error with a kind.
type classified struct {
	kind Kind
	wait time.Duration
	error
}

func (c *classified) Unwrap() error             { return c.error }
func (c *classified) FailureKind() Kind         { return c.kind }
func (c *classified) RetryAfter() time.Duration { return c.wait }

// New gives an error a kind, which replaces one that it has already. Its text and
// its RetryAfter stay. It returns nil for nil.
func New(k Kind, err error) error {
	if err == nil {
		return nil
	}
	return &classified{kind: k, wait: RetryAfter(err), error: err}
}

// Errorf is New(k, fmt.Errorf(format, args...)).
func Errorf(k Kind, format string, args ...any) error { return New(k, fmt.Errorf(format, args...)) }

// After is New for an error after which a retry makes sense no sooner than in
// wait.
func After(k Kind, wait time.Duration, err error) error {
	if err == nil {
		return nil
	}
	return &classified{kind: k, wait: wait, error: err}
}

// KindOf returns the kind of an error, of several wrapped in each other that of
// the outermost which has one. An ended context without a kind is Unavailable: the
// work was stopped, and says nothing about its object. All else is Internal; ask
// only about errors that are not nil.
func KindOf(err error) Kind {
	var k kinder
	switch {
	case errors.As(err, &k):
		return k.FailureKind()
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Unavailable
	}
	return Internal
}

// Temporary reports whether what failed may work later without anybody changing
// anything.
func Temporary(err error) bool { return err != nil && KindOf(err).Temporary() }

// RetryAfter returns how long to wait before the next request, 0 if that is not known.
func RetryAfter(err error) time.Duration {
	var w waiter
	if errors.As(err, &w) {
		return w.RetryAfter()
	}
	return 0
}
