package monitor

import (
	"sync"
	"time"
)

const (
	step  = 5 * time.Minute
	steps = int(24 * time.Hour / step)
)

// Day counts what happened in the last 24 hours, in steps of five minutes. It always has the
// same size, and is lost when the program ends: Prometheus is for years.
type Day struct {
	now func() time.Time

	mu   sync.Mutex
	ring [steps]stretch
}

// stretch is what happened in a step.
type stretch struct {
	number   int64 // of the step since 1970
	requests int64
	errors   int64 // of these, those that the server had to answer with a status of 5xx
	bytes    int64 // of the bodies of answers
	made     int64 // images
	failed   int64 // images that could not be made
}

// NewDay returns a Day in which nothing has happened. now is a clock.
func NewDay(now func() time.Time) *Day { return &Day{now: now} }

// Answered counts an answer to a client.
func (d *Day) Answered(status int, bytes int64) {
	d.count(func(s *stretch) {
		s.requests++
		s.bytes += bytes
		if status >= 500 {
			s.errors++
		}
	})
}

// Made counts an image that was made.
func (d *Day) Made() { d.count(func(s *stretch) { s.made++ }) }

// Failed counts an image that could not be made.
func (d *Day) Failed() { d.count(func(s *stretch) { s.failed++ }) }

func (d *Day) count(add func(*stretch)) {
	number := numberOf(d.now())
	d.mu.Lock()
	defer d.mu.Unlock()
	s := &d.ring[number%int64(steps)]
	if s.number != number {
		*s = stretch{number: number}
	}
	add(s)
}

func numberOf(t time.Time) int64 { return max(0, t.Unix()) / int64(step/time.Second) }

// last gives all steps, the oldest first, and when the first one began.
func (d *Day) last() (all [steps]stretch, began time.Time) {
	first := numberOf(d.now()) - int64(steps) + 1
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range all {
		all[i].number = first + int64(i)
		if all[i].number >= 0 {
			if s := d.ring[all[i].number%int64(steps)]; s.number == all[i].number {
				all[i] = s
			}
		}
	}
	return all, time.Unix(first*int64(step/time.Second), 0).UTC()
}
