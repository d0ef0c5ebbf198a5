package instance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
	"lxdocker/internal/terminal"
)

// killAfter is how long an instance that does not work has to end.
const killAfter = 30 * time.Second

// Gate is what a new version has to show.
type Gate struct {
	Steady time.Duration // how long it has to run without an end, and be healthy if it has a check
	Most   time.Duration // how long it may take until it is healthy; 0: as long as its check may
}

// unfitError says why a new version did not pass.
type unfitError struct{ why string }

func (e *unfitError) Error() string { return e.why }

// refused says whether an image is why an update has failed, so that it is not tried again.
func refused(err error) bool {
	var unfit *unfitError
	return errors.As(err, &unfit)
}

// wait waits until an instance has passed, and says what it has shown. An unfitError says
// that it has not.
func (g Gate) wait(ctx context.Context, d *daemon.Client, name string) (shown string, err error) {
	limit := g.Most
	began := time.Now()
	good := began        // when all was well, at last
	var steady time.Time // since when it is
	for {
		p, err := g.probe(ctx, d, name)
		if err != nil {
			return "", err
		}
		if limit == 0 && p.longest > 0 {
			limit = min(p.longest, mostLongest)
		}
		now, most := time.Now(), cmp.Or(limit, time.Minute)
		switch {
		case p.unknown == nil && now.Sub(began) > most+4*g.Steady && (!p.well || now.Sub(steady) < g.Steady):
			return "", &unfitError{fmt.Sprintf("in %v it was not well for %v without a break: %s", most+4*g.Steady, g.Steady, p.text)}
		case p.well && steady.IsZero():
			good, steady = now, now
		case p.well:
			good = now
		case now.Sub(good) <= most:
			steady = time.Time{}
		case p.unknown != nil && !ofImage(p.unknown): // that says nothing about the image
			return "", fmt.Errorf("for %v its state could not be read: %w", most, p.unknown)
		case p.unknown != nil:
			return "", &unfitError{fmt.Sprintf("for %v its state could not be read: %v", most, p.unknown)}
		default:
			return "", &unfitError{fmt.Sprintf("after %v %s", most, p.text)}
		}
		if p.well && now.Sub(steady) >= g.Steady {
			return fmt.Sprintf("%s for %v", p.text, g.Steady), nil
		}
		if pause(ctx, 500*time.Millisecond); ctx.Err() != nil {
			return "", ctx.Err()
		}
	}
}

// mostLongest is how long a check may take that says itself how long: the image says that.
const mostLongest = time.Hour

// ofImage says whether a state cannot be read because of what is in the instance, such as a
// link in place of a file, and not because of the daemon or of who asks.
func ofImage(unknown error) bool {
	kind := failure.KindOf(unknown)
	return !daemon.Away(unknown) && (kind == failure.Unsupported || kind == failure.Internal)
}

// ended is why an instance does not pass that no longer runs.
const ended = "it has ended"

// explain completes the reason why an update was undone, also where it is written down.
func (u *Updater) explain(ctx context.Context, name, why string) string {
	if why != ended {
		return why
	}
	e, known, err := LastExit(ctx, u.Daemon, failedName(name))
	if err != nil || !known {
		return why
	}
	why = fmt.Sprintf("%s with exit code %d", ended, e.Code)
	if err := u.mark(ctx, failedName(name), func(m *mark) { m.Reason = why }); err != nil {
		u.Say("writing down why it does not work: " + err.Error())
	}
	return why
}

// probed is what an instance shows at one moment.
type probed struct {
	well    bool
	text    string
	unknown error         // what keeps the daemon from saying it
	longest time.Duration // how long its check may take to say that it is healthy
}

func (g Gate) probe(ctx context.Context, d *daemon.Client, name string) (p probed, err error) {
	s, err := d.State(ctx, name)
	if err != nil {
		return probed{unknown: err}, ctx.Err() // it may just be stopping
	}
	if s.Status != "Running" {
		// How, is said later (explain): whoever reads a file of a stopped instance keeps both
		// daemons for a minute from reading files of the next instance of its name.
		return p, &unfitError{ended}
	}
	a, err := application(ctx, d, name)
	if err != nil {
		return probed{unknown: err}, nil // it may just be stopping
	}
	switch {
	case a.Status == "waiting":
		return p, &unfitError{fmt.Sprintf("its application has ended with exit code %d, and is started again", a.ExitCode)}
	case a.Restarts > 0:
		return p, &unfitError{"its application has ended, and was started again"}
	case a.Status != "running":
		return probed{text: "its application has not started"}, nil
	}
	h, err := health(ctx, d, name)
	if err != nil {
		return probed{unknown: err}, nil
	}
	switch h.Status {
	case "none":
		return probed{well: true, text: "it has run"}, nil
	case "healthy":
		return probed{well: true, text: "it was healthy"}, nil
	case "unhealthy":
		return p, &unfitError{"it is unhealthy" + said(h)}
	}
	longest, err := longestCheck(ctx, d, name)
	switch {
	case err != nil:
		return probed{unknown: err}, nil
	case longest == 0 && h.Status == "": // a guest that knows no checks
		return probed{well: true, text: "it has run"}, nil
	}
	return probed{text: "it is not healthy" + said(h), longest: longest}, nil
}

// mostOutput is how many characters of what a check has printed are shown.
const mostOutput = 500

// said is what a health check has printed, which any program may be, to be put after a text.
func said(h Checked) string {
	if text := terminal.Clean(h.Output, mostOutput); text != "" {
		return ": " + text
	}
	return ""
}

// longestCheck is how long a health check may take to say that all is well: the start
// period, and each try with its timeout (docs/internals.md: plan/health). It is 0 if there
// is no check.
func longestCheck(ctx context.Context, d *daemon.Client, name string) (time.Duration, error) {
	data, err := d.ReadFile(ctx, name, "/run/lxdocker/plan/health", most)
	if daemon.NotFound(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	fields := strings.Split(string(data), "\x00")
	if len(fields) < 5 {
		return 0, nil
	}
	var n [5]time.Duration
	for i := range n {
		ms, _ := strconv.ParseInt(fields[i], 10, 64)
		n[i] = time.Duration(ms) * time.Millisecond
	}
	retries := n[4] / time.Millisecond
	return n[2] + (n[0]+n[1])*(retries+1), nil
}
