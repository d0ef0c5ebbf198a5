package hub

import (
	"errors"
	"net/http"
	"time"
)

// Refusal is why a name has no image. It reads as the sentence that the client
// shall see.
type Refusal struct {
	err    error
	status int
	retry  time.Duration
}

// The reasons, as HTTP knows them.
const (
	notFound    = http.StatusNotFound           // the registry, or the image, says no
	forbidden   = http.StatusForbidden          // the policy does
	tooMany     = http.StatusTooManyRequests    // this client asks for too much
	unavailable = http.StatusServiceUnavailable // it may work later
)

func (r *Refusal) Error() string { return r.err.Error() }

// Unwrap gives what went wrong.
func (r *Refusal) Unwrap() error { return r.err }

// Status is the HTTP status to answer with.
func (r *Refusal) Status() int { return r.status }

// RetryAfter is how long to wait before asking again; 0 is not known.
func (r *Refusal) RetryAfter() time.Duration { return r.retry }

// Passing is an error that may be gone by itself, after some time if that is
// known.
type Passing struct {
	Err   error
	After time.Duration
}

func (p *Passing) Error() string { return p.Err.Error() }

// Unwrap gives what went wrong.
func (p *Passing) Unwrap() error { return p.Err }

func refuse(status int, err error) *Refusal { return &Refusal{err: err, status: status} }

func refuseFor(status int, retry time.Duration, err error) *Refusal {
	return &Refusal{err: err, status: status, retry: retry}
}

// verdict says what an error of the converter means to a client.
func verdict(err error) *Refusal {
	var passing *Passing
	if errors.As(err, &passing) {
		return refuseFor(unavailable, passing.After, err)
	}
	return refuse(notFound, err)
}

// How long a failure is believed. Clients ask two or three times in a row, and
// show only the last answer (Incus: cmd/incusd/daemon_images.go; LXD: lxc/init.go),
// so it must not change in between.
const (
	firm     = time.Minute      // what lies in the name or the image
	brief    = 10 * time.Second // what may pass
	remember = 1000             // so many failures at most
)

// failures are those of late.
type failures map[wish]failure

type failure struct {
	refusal *Refusal
	until   time.Time
}

func (f failures) note(w wish, r *Refusal, now time.Time) {
	if len(f) >= remember {
		f.clean(now)
	}
	if len(f) >= remember {
		return // strangers cannot make it grow
	}
	long := firm
	if r.status == unavailable {
		long = min(max(brief, r.retry), firm)
	}
	f[w] = failure{r, now.Add(long)}
}

// lately returns the failure of a wish that is still believed; nil if there is
// none.
func (f failures) lately(w wish, now time.Time) error {
	one, ok := f[w]
	if !ok {
		return nil
	}
	if !now.Before(one.until) {
		delete(f, w)
		return nil
	}
	return one.refusal
}

func (f failures) clean(now time.Time) {
	for w, one := range f {
		if !now.Before(one.until) {
			delete(f, w)
		}
	}
}
