package oci

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// Passing says whether an error may well be gone by itself: the registry is in
// trouble, too busy for us, or not to be reached. What else goes wrong lies in
// the reference or in the image, and stays.
func Passing(err error) bool {
	var (
		refused *answerError
		broken  *brokenBody
		network net.Error
	)
	switch {
	case errors.As(err, &refused):
		return refused.status >= 500 || refused.status == http.StatusTooManyRequests || refused.status == http.StatusRequestTimeout
	case errors.As(err, &broken), errors.As(err, &network), dropped(err), transient(err):
		return true
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// RetryAfter is how long the registry said to wait in the answer that an error
// is about, 0 if it did not.
func RetryAfter(err error) time.Duration {
	var refused *answerError
	if errors.As(err, &refused) {
		return refused.retryAfter
	}
	return 0
}
