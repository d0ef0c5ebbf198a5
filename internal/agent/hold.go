package agent

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/internal/instance"
)

// holding is why an image is not taken, or not yet.
type holding struct {
	status Status
	until  time.Time
	why    string
}

// hold says why an instance does not get an image. Before an update, it judges by what the
// instance says then: the look may have begun hours ago.
func (l *look) hold(dry bool, held **holding) func(context.Context, daemon.Instance, string) (string, error) {
	return func(ctx context.Context, old daemon.Instance, to string) (string, error) {
		r, err := l.of(old)
		if err != nil {
			*held = &holding{Wrong, time.Time{}, err.Error()}
			return (*held).why, nil
		}
		if not := l.turn(old, r); !dry && not != nil {
			*held = not
			return cmp.Or(not.why, "a person decides"), nil
		}
		if other := l.refuser(to); other != "" {
			*held = &holding{HeldBack, time.Time{}, "it did not work for " + other}
			return (*held).why, nil
		}
		image, err := l.fleet.Image(ctx, to)
		if err != nil {
			return "", fmt.Errorf("looking how old the image is: %w", err)
		}
		if why := l.older(old, image); why != "" {
			*held = &holding{HeldBack, time.Time{}, why}
			return why, nil
		}
		if ripe := image.UploadedAt.Add(r.minAge); r.minAge > 0 && time.Now().Before(ripe) {
			*held = &holding{Waiting, ripe, fmt.Sprintf("the image has to have been there for %v", r.minAge)}
			return (*held).why, nil
		}
		return "", nil
	}
}

// refuser is the instance that an image did not work for; "" if there is none.
func (l *look) refuser(fingerprint string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refused[fingerprint]
}

// dates before are those of builds that have none.
var dates = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// older says whether an image is one of before, or may be: of a tag that somebody has put back,
// or of a registry that tells what was.
func (l *look) older(old daemon.Instance, image daemon.Image) (why string) {
	var was time.Time
	l.mu.Lock()
	if e := l.State.entry(old.Name); e != nil && e.Fingerprint == old.Config["volatile.base_image"] {
		was = e.Created
	}
	l.mu.Unlock()
	switch {
	case image.Fingerprint == instance.StandingOf(old).Before:
		return "it is the image of before the last update"
	case !was.IsZero() && !was.After(dates) && !image.CreatedAt.After(dates):
		return "" // of a builder that never gives a date
	case !was.After(dates):
		return "nobody knows how old the image is that runs, so that this one may be older"
	case !image.CreatedAt.After(dates):
		return "it does not say how old it is, so that it may be older"
	case image.CreatedAt.Before(was):
		return fmt.Sprintf("it is of %s, and older than that of %s which runs", image.CreatedAt.Format(time.DateOnly), was.Format(time.DateOnly))
	}
	return ""
}
