package imageapi

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"lxdocker/internal/terminal"
)

// refusal is an error that a client is told.
type refusal struct {
	status     int
	text       string
	retryAfter time.Duration // 0: nobody knows
}

func (r refusal) Error() string { return r.text }

// longestText bounds what somebody else's error may say, in characters.
const longestText = 2000

// refusalOf makes a refusal of any error. What it says ends on somebody's
// terminal (the command lines print it as it comes) and may have come from a
// registry, so it is printable, and one line.
func refusalOf(err error) refusal {
	var known refusal
	if errors.As(err, &known) {
		return known
	}
	out := refusal{status: http.StatusServiceUnavailable}
	var status interface{ Status() int }
	if errors.As(err, &status) && status.Status() >= 400 && status.Status() < 600 {
		out.status = status.Status()
	}
	var later interface{ RetryAfter() time.Duration }
	if errors.As(err, &later) {
		out.retryAfter = max(0, later.RetryAfter())
	}
	out.text = cmp.Or(terminal.Clean(err.Error(), longestText), http.StatusText(out.status))
	return out
}
