package spec

import (
	"strconv"
	"time"
)

const (
	durationPattern = `^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`
	secondsPattern  = `^(0|[1-9][0-9]*)$`
	longest         = 365 * 24 * time.Hour // more is a slip, and no script has to count so far
)

// duration reads a time with its units, as compose files have it.
func (r *reader) duration(p pair, least time.Duration) *time.Duration {
	const hint = "write it like 30s, 1m30s or 500ms"
	s, ok := r.word(p, "a duration", hint)
	switch {
	case !ok:
		return nil
	case s == "0":
		s = "0s"
	case matches(secondsPattern, s):
		r.wrongValue(p, p.key+" "+quote(s)+" has no unit", "write "+s+"s for seconds; the units are ms, s, m and h")
		return nil
	case !matches(durationPattern, s):
		r.wrongValue(p, p.key+" cannot be "+quote(s), hint)
		return nil
	}
	d, ok := r.bounded(p, s)
	if ok && d < least {
		r.wrongValue(p, p.key+" "+quote(p.value.Value)+" is too short", "1ms is the least; leave it out for what the image says, or the default")
		return nil
	}
	if !ok {
		return nil
	}
	return &d
}

// stopTimeout reads seconds or a duration.
func (r *reader) stopTimeout(p pair) *time.Duration {
	const hint = "write seconds like 90, or a duration like 1m30s; 0 is for ever"
	s, ok := r.word(p, "a duration", hint)
	if !ok {
		return nil
	}
	if matches(secondsPattern, s) {
		s += "s"
	}
	if !matches(durationPattern, s) {
		r.wrongValue(p, p.key+" cannot be "+quote(s), hint)
		return nil
	}
	d, ok := r.bounded(p, s)
	if !ok {
		return nil
	}
	return &d
}

func (r *reader) bounded(p pair, s string) (time.Duration, bool) {
	d, err := time.ParseDuration(s)
	if err != nil || d > longest { // an error is a number beyond all
		r.wrongValue(p, p.key+" "+quote(p.value.Value)+" is too long", "a year (8760h) is the most")
		return 0, false
	}
	return d, true
}

// retries reads how many failed checks in a row are one too many.
func (r *reader) retries(p pair) *int {
	const hint = "write a plain number, 1 or more, of failed checks in a row"
	if p.value.ShortTag() != "!!int" {
		r.wrongType(p, p.key, "a number", hint)
		return nil
	}
	n, err := strconv.ParseUint(p.value.Value, 10, 31)
	if err != nil || n == 0 || strconv.FormatUint(n, 10) != p.value.Value { // 010 is octal to YAML
		r.wrongValue(p, p.key+" cannot be "+quote(p.value.Value), hint)
		return nil
	}
	i := int(n)
	return &i
}
