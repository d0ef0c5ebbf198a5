package failure_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"lxdocker/internal/failure"
)

// answer is an error of another package that knows its kind.
type answer struct{ status int }

func (a *answer) Error() string { return fmt.Sprint("status ", a.status) }

func (a *answer) FailureKind() failure.Kind {
	if a.status == 429 {
		return failure.RateLimited
	}
	return failure.NotFound
}

func (a *answer) RetryAfter() time.Duration { return time.Duration(a.status) * time.Second }

func TestKindOf(t *testing.T) {
	corrupt := failure.Errorf(failure.Corrupt, "wrong digest")
	for name, c := range map[string]struct {
		err       error
		want      failure.Kind
		temporary bool
	}{
		"without a kind":                 {io.ErrUnexpectedEOF, failure.Internal, false},
		"with a kind":                    {corrupt, failure.Corrupt, false},
		"with a kind, wrapped":           {fmt.Errorf("packing: %w", corrupt), failure.Corrupt, false},
		"with a kind, joined":            {errors.Join(io.EOF, corrupt), failure.Corrupt, false},
		"with two kinds":                 {failure.New(failure.Unavailable, corrupt), failure.Unavailable, true},
		"a type that knows its kind":     {fmt.Errorf("asking: %w", &answer{429}), failure.RateLimited, true},
		"a canceled context":             {fmt.Errorf("asking: %w", context.Canceled), failure.Unavailable, true},
		"a context beyond its deadline":  {context.DeadlineExceeded, failure.Unavailable, true},
		"a kind of a canceled context":   {failure.New(failure.TooLarge, context.Canceled), failure.TooLarge, false},
		"rate limited":                   {failure.New(failure.RateLimited, io.EOF), failure.RateLimited, true},
		"denied":                         {failure.New(failure.Denied, io.EOF), failure.Denied, false},
		"unsupported":                    {failure.New(failure.Unsupported, io.EOF), failure.Unsupported, false},
		"an internal one that says so":   {failure.New(failure.Internal, corrupt), failure.Internal, false},
		"a kind that only a cause knows": {fmt.Errorf("a: %w", fmt.Errorf("b: %w", &answer{404})), failure.NotFound, false},
	} {
		if got := failure.KindOf(c.err); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if got := failure.Temporary(c.err); got != c.temporary {
			t.Errorf("%s: temporary %v", name, got)
		}
	}
	if failure.Temporary(nil) {
		t.Error("no error is temporary")
	}
}

func TestTheTextAndTheCauseStay(t *testing.T) {
	err := failure.New(failure.Unavailable, fmt.Errorf("fetching x: %w", io.ErrUnexpectedEOF))
	if got := err.Error(); got != "fetching x: unexpected EOF" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%q", got)
	}
	if failure.New(failure.Corrupt, nil) != nil || failure.After(failure.Corrupt, time.Second, nil) != nil {
		t.Error("no error became one")
	}
}

func TestRetryAfter(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want time.Duration
	}{
		"no error":                  {nil, 0},
		"an error without a time":   {io.EOF, 0},
		"a kind without a time":     {failure.New(failure.RateLimited, io.EOF), 0},
		"a wrapped time":            {fmt.Errorf("x: %w", failure.After(failure.RateLimited, time.Minute, io.EOF)), time.Minute},
		"a time below another kind": {failure.New(failure.Denied, failure.After(failure.RateLimited, time.Minute, io.EOF)), time.Minute},
		"a type that knows":         {fmt.Errorf("x: %w", &answer{429}), 429 * time.Second},
	} {
		if got := failure.RetryAfter(c.err); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestKindsHaveNames(t *testing.T) {
	seen := map[string]failure.Kind{}
	for _, k := range failure.Kinds() {
		if other, ok := seen[k.String()]; ok {
			t.Errorf("%d and %d are both called %q", other, k, k)
		}
		seen[k.String()] = k
		if got := failure.KindNamed(k.String()); got != k {
			t.Errorf("%q is %v", k, got)
		}
	}
}
