package guest

import (
	"strconv"
	"time"

	"lxdocker/internal/lifecycle"
)

// Health says how to check whether the application works: with a program that runs
// now and then as the application's user, and exits with 0 if it does. Words and
// defaults are those of Docker's HEALTHCHECK.
type Health struct {
	Argv          []string      // looked up as the application's; a shell form is ["/bin/sh", "-c", TEXT]
	Interval      time.Duration // between the end of one check and the start of the next; 0 is 30 s
	Timeout       time.Duration // after which a check has failed and is killed; 0 is 30 s
	StartPeriod   time.Duration // during which failed checks do not count
	StartInterval time.Duration // instead of Interval during the start period; 0 is 5 s
	Retries       int           // number of failed checks in a row that make it unhealthy; 0 is 3
	Restart       bool          // an unhealthy application is stopped and started again
}

// data gives the strings of the file "health": four times in milliseconds
// (interval, timeout, start period, start interval), the retries, and "restart"
// or "nothing".
func (h Health) data() []string {
	ms := func(d, otherwise time.Duration) string {
		if d <= 0 {
			d = otherwise
		}
		return strconv.FormatInt(d.Milliseconds(), 10)
	}
	retries := h.Retries
	if retries <= 0 {
		retries = lifecycle.DefaultHealthRetries
	}
	then := "nothing"
	if h.Restart {
		then = "restart"
	}
	return []string{
		ms(h.Interval, lifecycle.DefaultHealthInterval), ms(h.Timeout, lifecycle.DefaultHealthTimeout),
		ms(h.StartPeriod, lifecycle.DefaultHealthStartPeriod), ms(h.StartInterval, lifecycle.DefaultHealthStartInterval),
		strconv.Itoa(retries), then,
	}
}
