package imageapi

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"lxdocker/internal/failure"
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

// soon is when to ask again after what may be over by then, if nobody knows better.
const soon = 30 * time.Second

// refusalOf makes a refusal of any error. Its text ends on somebody's terminal (the command
// lines print it unchanged) and may have come from a registry, so it is printable, and one
// line.
func refusalOf(err error) refusal {
	var known refusal
	if errors.As(err, &known) {
		return known
	}
	kind := failure.KindOf(err)
	out := refusal{status: statusOf(kind), retryAfter: max(0, failure.RetryAfter(err))}
	if kind.Temporary() && out.retryAfter == 0 {
		out.retryAfter = soon
	}
	out.text = Told(err)
	// What an error says for strangers mostly says, too, what they can do about it.
	if cause := failure.CauseOf(err); failure.PublicText(err) == "" || cause == failure.Policy {
		out.text += ": " + failure.Next(kind, cause, failure.Asker, "")
	}
	return out
}

// Told is what strangers are told of an error. What they do about it is said by failure.Next.
func Told(err error) string {
	return cmp.Or(terminal.Clean(failure.PublicText(err), longestText), kindText(failure.KindOf(err)))
}

// kindText is what a client is told of an error that does not say what strangers may
// know of it: it may name files, logins and neighbours of this machine.
func kindText(k failure.Kind) string {
	switch k {
	case failure.NotFound:
		return "there is no such image"
	case failure.Denied:
		return "this image is not available here"
	case failure.RateLimited:
		return "too many requests"
	case failure.Unavailable:
		return "the image is not available now, because its registry or this server has a problem"
	case failure.TooLarge:
		return "the image is larger than this server allows"
	case failure.Corrupt:
		return "what the registry sends is damaged"
	case failure.Unsupported:
		return "this server can make no container of that image"
	case failure.Full:
		return "this server has no room for the image now"
	case failure.Untrusted:
		return "the image is not signed as this server asks for"
	}
	return "this server or its machine has a fault"
}

// statusOf is what a kind of failure is in HTTP. This is the one place that says so.
func statusOf(k failure.Kind) int {
	switch k {
	case failure.NotFound, failure.Unsupported, failure.Denied, failure.Untrusted:
		// If a client may not have an image, the answer is that it does not exist, as in
		// LXD itself; pylxd's exists takes only 404 for a no.
		return http.StatusNotFound
	case failure.RateLimited:
		return http.StatusTooManyRequests
	case failure.Unavailable:
		return http.StatusServiceUnavailable
	case failure.TooLarge:
		return http.StatusRequestEntityTooLarge
	case failure.Corrupt:
		return http.StatusBadGateway
	case failure.Full:
		return http.StatusInsufficientStorage
	}
	return http.StatusInternalServerError
}
