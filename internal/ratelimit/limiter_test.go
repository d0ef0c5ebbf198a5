package ratelimit_test

import (
	"fmt"
	"testing"
	"time"

	"lxdocker/internal/ratelimit"
)

var (
	fivePerHour = ratelimit.Rate{Most: 5, In: time.Hour}
	noon        = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
)

func takeAll(l *ratelimit.Limiter, client string) {
	for range fivePerHour.Most {
		l.Take(client, fivePerHour, noon)
	}
}

func TestAClientMayDoAsMuchAsItsRateSays(t *testing.T) {
	for name, test := range map[string]struct {
		client string
		rate   ratelimit.Rate
		after  time.Duration
		wait   time.Duration
	}{
		"who has used all has to wait for one":        {"greedy", fivePerHour, 0, 12 * time.Minute},
		"who has waited for a part waits for less":    {"greedy", fivePerHour, 10 * time.Minute, 2 * time.Minute},
		"who has waited long enough does not wait":    {"greedy", fivePerHour, 12 * time.Minute, 0},
		"other clients do not wait":                   {"other", fivePerHour, 0, 0},
		"where there is no limit, nobody waits":       {"greedy", ratelimit.Rate{}, 0, 0},
		"a clock that went back makes nobody wait":    {"greedy", ratelimit.Rate{Most: 6, In: time.Hour}, -time.Hour, 0},
		"a rate that has become lower counts at once": {"greedy", ratelimit.Rate{Most: 2, In: time.Hour}, 0, 2 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			var l ratelimit.Limiter
			takeAll(&l, "greedy")
			if wait := l.Wait(test.client, test.rate, noon.Add(test.after)); wait != test.wait {
				t.Errorf("Wait says %v instead of %v", wait, test.wait)
			}
			if wait := l.Take(test.client, test.rate, noon.Add(test.after)); wait != test.wait {
				t.Errorf("Take says %v instead of %v", wait, test.wait)
			}
		})
	}
}

func TestWhatIsReturnedMayBeTakenAgain(t *testing.T) {
	var l ratelimit.Limiter
	takeAll(&l, "one")
	l.Return("one")
	if wait := l.Take("one", fivePerHour, noon); wait != 0 {
		t.Errorf("it has to wait %v", wait)
	}
	for range 2 * fivePerHour.Most {
		l.Return("one")
	}
	takeAll(&l, "one")
	if l.Take("one", fivePerHour, noon) == 0 {
		t.Error("who returns more than it took may take more than others")
	}
}

func TestWhatWasUsedOutlivesARestart(t *testing.T) {
	var before, after ratelimit.Limiter
	takeAll(&before, "greedy")
	before.Each(after.Restore)
	if wait := after.Wait("greedy", fivePerHour, noon); wait != 12*time.Minute {
		t.Errorf("it has to wait %v", wait)
	}
}

func TestWhatIsRememberedIsBoundedAndNotAllForgotten(t *testing.T) {
	var l ratelimit.Limiter
	takeAll(&l, "greedy")
	for i := range 3 * ratelimit.Clients {
		l.Take(fmt.Sprint(i), fivePerHour, noon)
	}
	count := 0
	l.Each(func(string, ratelimit.Used) { count++ })
	if count > ratelimit.Clients {
		t.Errorf("%d clients are remembered", count)
	}
	if l.Wait("greedy", fivePerHour, noon) == 0 {
		t.Error("who has used up what it may do may do more after others have come")
	}
}

func TestClientsThatHaveUsedNothingAreForgottenFirst(t *testing.T) {
	had := map[string]int{"something": 1}
	for i := range ratelimit.Clients {
		had[fmt.Sprint(i)] = 0
	}
	ratelimit.Bound(had, func(n int) int { return n })
	if len(had) != 1 || had["something"] != 1 {
		t.Errorf("%d are left", len(had))
	}
}
