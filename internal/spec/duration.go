package spec

import (
	"regexp"
	"time"

	"lxdocker/internal/spec/diag"
)

const (
	durations = `([0-9]+(\.[0-9]+)?(ms|s|m|h))+`
	seconds   = `(0|[1-9][0-9]*)`
	longest   = 365 * 24 * time.Hour // anything longer is a typing error; scripts need not count further
)

var (
	durationForm = regexp.MustCompile(`^` + durations + `$`)
	secondsForm  = regexp.MustCompile(`^` + seconds + `$`)
)

// duration reads a time with units, as in compose files.
func (r *reader) duration(e diag.Entry, least time.Duration) *time.Duration {
	const hint = "write it like 30s, 1m30s or 500ms"
	s, ok := r.Word(e, "a duration", hint)
	switch {
	case !ok:
		return nil
	case s == "0":
		s = "0s"
	case secondsForm.MatchString(s):
		r.WrongValue(e, e.Key+" "+diag.Quote(s)+" has no unit", "write "+s+"s for seconds; the units are ms, s, m and h")
		return nil
	case !durationForm.MatchString(s):
		r.WrongValue(e, e.Key+" cannot be "+diag.Quote(s), hint)
		return nil
	}
	d, ok := r.bounded(e, s)
	if ok && d < least {
		r.WrongValue(e, e.Key+" "+diag.Quote(e.Value.Written())+" is too short", "the minimum is 1ms; leave it out for what the image says, or the default")
		return nil
	}
	if !ok {
		return nil
	}
	return &d
}

// stopTimeout reads seconds or a duration.
func (r *reader) stopTimeout(e diag.Entry) *time.Duration {
	const hint = "write seconds like 90, or a duration like 1m30s; 0 means for ever"
	s, ok := r.Word(e, "a duration", hint)
	if !ok {
		return nil
	}
	if secondsForm.MatchString(s) {
		s += "s"
	}
	if !durationForm.MatchString(s) {
		r.WrongValue(e, e.Key+" cannot be "+diag.Quote(s), hint)
		return nil
	}
	d, ok := r.bounded(e, s)
	if !ok {
		return nil
	}
	return &d
}

func (r *reader) bounded(e diag.Entry, s string) (time.Duration, bool) {
	d, err := time.ParseDuration(s)
	if err != nil || d > longest { // the only error left is overflow
		r.WrongValue(e, e.Key+" "+diag.Quote(e.Value.Written())+" is too long", "the maximum is a year (8760h)")
		return 0, false
	}
	return d, true
}
