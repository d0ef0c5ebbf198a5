package changes

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestSeveralChangesAreOne(t *testing.T) {
	for name, test := range map[string]struct {
		at   []time.Duration // when something changes
		want []time.Duration // when that is told
	}{
		"one":                       {at: []time.Duration{0}, want: []time.Duration{quiet}},
		"a file written in steps":   {at: []time.Duration{0, time.Second, 2 * time.Second}, want: []time.Duration{2*time.Second + quiet}},
		"two, long after the other": {at: []time.Duration{0, time.Minute}, want: []time.Duration{quiet, time.Minute + quiet}},
		"a change each second":      {at: every(time.Second, 40), want: []time.Duration{longest, 39*time.Second + quiet}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				events, began := make(chan struct{}, 1), time.Now()
				var told []time.Duration
				go settle(ctx, events, func() { told = append(told, time.Since(began)) })
				for _, at := range test.at {
					time.Sleep(at - time.Since(began))
					note(events)
				}
				time.Sleep(time.Hour)
				synctest.Wait()
				if !slices.Equal(told, test.want) {
					t.Errorf("it was told after %v, not %v", told, test.want)
				}
				cancel()
				synctest.Wait()
			})
		})
	}
}

func every(pause time.Duration, n int) (all []time.Duration) {
	for i := range n {
		all = append(all, time.Duration(i)*pause)
	}
	return all
}
