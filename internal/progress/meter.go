package progress

import (
	"math"
	"time"

	"lxdocker/internal/humanize"
)

// rateWindow is the time over which a rate is averaged: if it is shorter, the number
// jumps; if it is longer, the number is out of date.
const rateWindow = 3 * time.Second

// meter counts bytes and knows how fast they come.
type meter struct {
	n     int64
	began time.Time
	last  time.Time // when the rate was taken
	seen  int64     // how many there were then
	rate  float64   // bytes a second
}

func newMeter(now time.Time) meter { return meter{began: now, last: now} }

// sample updates the rate. At first that is the mean of the whole time, so that the
// first numbers are good.
func (m *meter) sample(now time.Time) {
	gone := now.Sub(m.last).Seconds()
	if gone <= 0 {
		return
	}
	weight := max(1-math.Exp(-gone/rateWindow.Seconds()), gone/now.Sub(m.began).Seconds())
	m.rate += weight * (float64(m.n-m.seen)/gone - m.rate)
	m.last, m.seen = now, m.n
}

func (m *meter) speed() string { return humanize.Bytes(int64(m.rate)) + "/s" }
