package oci

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"
	"time"
)

func TestPassing(t *testing.T) {
	tests := map[string]struct {
		err   error
		want  bool
		after time.Duration
	}{
		"no such image":               {&answerError{status: 404}, false, 0},
		"not for us":                  {&answerError{status: 401}, false, 0},
		"too often":                   {&answerError{status: 429, retryAfter: time.Minute}, true, time.Minute},
		"in trouble":                  {&answerError{status: 502}, true, 0},
		"nothing listens":             {&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, true, 0},
		"a name nobody knows":         {&net.DNSError{Err: "no such host", IsNotFound: true}, true, 0},
		"silence":                     {errStalled, true, 0},
		"broken off":                  {io.ErrUnexpectedEOF, true, 0},
		"interrupted":                 {context.Canceled, true, 0},
		"no image for this processor": {errors.New("there is no image for linux/arm64"), false, 0},
		"not allowed by us":           {errPolicy, false, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := fmt.Errorf("resolving x: %w", test.err)
			if got := Passing(err); got != test.want {
				t.Errorf("passing is %v", got)
			}
			if got := RetryAfter(err); got != test.after {
				t.Errorf("retry after %v", got)
			}
		})
	}
}
