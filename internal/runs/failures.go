package runs

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The bounds of a record. Failures beyond them are counted, and not listed.
const (
	mostOfSpecs = 200
	mostOfHub   = 100
	mostServers = 10
	mostText    = 1000 // bytes of an error, and of a name
)

// forgotten is when a failure is too old to tell of an image on demand that there never was:
// anybody can ask for any name.
const forgotten = 24 * time.Hour

// fail notes that something failed at a time, as often as Times says.
func (r *Record) fail(f Failure, at time.Time) {
	f.Title, f.Name, f.Error = short(f.Title), short(f.Name), short(f.Error)
	f.Since, f.Last, f.Times = at, at, max(1, f.Times)
	for i, old := range r.Failures {
		if old.same(f) {
			f.Since, f.Times = old.Since, old.Times+f.Times
			if old.Since.After(at) { // a clock was wrong
				f.Since = at
			}
			r.Failures[i] = f
			return
		}
	}
	r.Failures = append(r.Failures, f)
}

// clear notes that something does not fail any more.
func (r *Record) clear(f Failure) {
	f.Title = short(f.Title)
	r.Failures = slices.DeleteFunc(r.Failures, f.same)
}

// keep drops the failures that are not to stay.
func (r *Record) keep(stays func(Failure) bool) {
	r.Failures = slices.DeleteFunc(r.Failures, func(f Failure) bool { return !stays(f) })
}

// same says whether two failures are of one thing.
func (f Failure) same(other Failure) bool { return f.Title == other.Title && f.Hub == other.Hub }

// bound keeps the record small: unknown images on demand go first, then the oldest failures.
func (r *Record) bound() {
	slices.SortStableFunc(r.Failures, func(a, b Failure) int {
		return cmp.Or(rank(a)-rank(b), b.Last.Compare(a.Last), strings.Compare(a.Title, b.Title))
	})
	r.Servers = r.Servers[max(0, len(r.Servers)-mostServers):]
	var specs, hub int
	r.Failures = slices.DeleteFunc(r.Failures, func(f Failure) bool {
		if f.Hub {
			hub++
			return hub > mostOfHub
		}
		specs++
		return specs > mostOfSpecs
	})
}

func rank(f Failure) int {
	switch {
	case !f.Hub:
		return 0
	case f.Known:
		return 1
	}
	return 2
}

// forget drops what is too old to tell.
func (r *Record) forget(now time.Time) {
	r.keep(func(f Failure) bool { return !f.Hub || f.Known || now.Sub(f.Last) <= forgotten })
}

func short(text string) string {
	if len(text) <= mostText {
		return text
	}
	cut := mostText
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}
