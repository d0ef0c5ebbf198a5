package daemon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"

	"lxdocker/internal/failure"
	"lxdocker/internal/terminal"
)

// Error is what a daemon says of a request that it refuses, or of an operation that failed.
type Error struct {
	Status int    // as of HTTP
	Text   string // the daemon's words, safe to show
}

func (e *Error) Error() string { return e.Text }

// mostText is how long the words of a daemon may be: errors of programs that it runs are in them.
const mostText = 2000

func newError(status int, text string) *Error {
	if text = terminal.Clean(text, mostText); text == "" {
		text = http.StatusText(status)
	}
	return &Error{Status: status, Text: text}
}

// FailureKind implements the interface of package failure. Of operations that failed, the
// daemons give no better status than 400 or 500, so their words count, too.
func (e *Error) FailureKind() failure.Kind {
	lower := strings.ToLower(e.Text)
	switch {
	case strings.Contains(lower, "no space left on device"), strings.Contains(lower, "disk quota exceeded"), strings.Contains(lower, "out of disk space"), e.Status == http.StatusInsufficientStorage:
		return failure.Full
	case e.Status == http.StatusNotFound:
		return failure.NotFound
	case e.Status == http.StatusForbidden, e.Status == http.StatusUnauthorized, strings.HasSuffix(lower, "is forbidden"):
		return failure.Denied
	case e.Status == http.StatusTooManyRequests:
		return failure.RateLimited
	case e.Status == http.StatusServiceUnavailable, e.Status == http.StatusBadGateway, e.Status == http.StatusGatewayTimeout:
		return failure.Unavailable
	case strings.HasSuffix(lower, "not found"), lower == "image not provided for instance creation":
		return failure.NotFound
	}
	return failure.Internal
}

// Exists says whether something could not be made because its name is taken.
func Exists(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	// Incus tells it as its database does.
	return e.Status == http.StatusConflict || strings.Contains(e.Text, "already exists") || strings.Contains(e.Text, "UNIQUE constraint failed")
}

// Changed says whether an object is no longer what it was when it was read.
func Changed(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == http.StatusPreconditionFailed
}

// Busy says whether the daemon is doing something else with the instance just now.
func Busy(err error) bool {
	var e *Error
	return errors.As(err, &e) && strings.Contains(e.Text, "is busy running a")
}

// NotFound says whether what was asked for is not there.
func NotFound(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.FailureKind() == failure.NotFound
}

// garbled is the error for an answer that is not what the API promises.
func (c *Client) garbled(method, path string, err error) error {
	return failure.Errorf(failure.Corrupt, "reading what %s answers to %s %s: %w: is it LXD or Incus?", c.Name(), method, path, err)
}

// unreachable is the error for a request that got no answer.
func (c *Client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var request *url.Error
	if errors.As(err, &request) {
		err = request.Err // its address says nothing for a socket
	}
	switch {
	case errors.Is(err, os.ErrPermission):
		return failure.Errorf(failure.Denied, "connecting to %s: this user may not open %s: be root, or a member of the group that owns it", c.Name(), c.Address.Socket)
	case errors.Is(err, os.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return &awayError{fmt.Errorf("connecting to %s: %w: is it running?", c.Name(), err)}
	}
	return &awayError{fmt.Errorf("asking %s: %w", c.Name(), err)}
}

// awayError is why a daemon has not said how a request ended.
type awayError struct{ err error }

func (e *awayError) Error() string             { return e.err.Error() }
func (e *awayError) Unwrap() error             { return e.err }
func (e *awayError) FailureKind() failure.Kind { return failure.Unavailable }

// Away says whether the daemon did not answer, or no longer knows what it was doing, as while
// it is restarted. What was asked for may be done or not.
func Away(err error) bool {
	var away *awayError
	var said *Error
	return errors.As(err, &away) || errors.As(err, &said) && said.FailureKind() == failure.Unavailable
}
