package progress

import (
	"math"
	"time"
)

// smooth is over how long a rate is taken: shorter and the number dances,
// longer and it lies.
const smooth = 3 * time.Second

// meter counts bytes and knows how fast they come.
type meter struct {
	n     int64
	began time.Time
	last  time.Time // when the rate was taken
	seen  int64     // how many there were then
	rate  float64   // bytes a second
}

func newMeter(now time.Time) meter { return meter{began: now, last: now} }

// sample takes the rate. At first it is the mean of all time, so that the first
// numbers are good ones.
func (m *meter) sample(now time.Time) {
	gone := now.Sub(m.last).Seconds()
	if gone <= 0 {
		return
	}
	weight := max(1-math.Exp(-gone/smooth.Seconds()), gone/now.Sub(m.began).Seconds())
	m.rate += weight * (float64(m.n-m.seen)/gone - m.rate)
	m.last, m.seen = now, m.n
}

func (m *meter) speed() string { return Size(int64(m.rate)) + "/s" }
