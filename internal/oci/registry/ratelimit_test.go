package registry

import (
	"net/http"
	"testing"
	"time"
)

func TestRegistriesAreLeftAloneWhenTheyAsk(t *testing.T) {
	const window = 6 * time.Hour
	quota := func(limit, left string) http.Header {
		return http.Header{"Ratelimit-Limit": {limit}, "Ratelimit-Remaining": {left}}
	}
	tests := map[string]struct {
		status int
		header http.Header
		want   time.Duration
	}{
		"a plain answer":                  {200, http.Header{}, 0},
		"much is left":                    {200, quota("100;w=21600", "76;w=21600"), 0},
		"a tenth is left":                 {200, quota("100;w=21600", "10;w=21600"), 0},
		"hardly anything is left":         {200, quota("100;w=21600", "9;w=21600"), window / 10},
		"nothing is left":                 {200, quota("100;w=21600", "0;w=21600"), window / 4},
		"too many requests, for a time":   {429, http.Header{"Retry-After": {"120"}}, 2 * time.Minute},
		"too many requests, for a window": {429, http.Header{"Retry-After": {"60"}, "Ratelimit-Limit": {"100;w=21600"}, "Ratelimit-Remaining": {"0;w=21600"}}, window / 4},
		"too many requests, without more": {429, http.Header{}, 0},
		"busy":                            {503, http.Header{"Retry-After": {"30"}}, 30 * time.Second},
		"Retry-After elsewhere":           {200, http.Header{"Retry-After": {"30"}}, 0},
		"nonsense":                        {200, quota("many", "-3;w=x"), 0},
		"a limit of nothing":              {200, quota("0;w=9", "0;w=9"), 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
			r := &rateLimits{now: func() time.Time { return now }, until: map[string]time.Time{}}
			r.note("registry", &http.Response{StatusCode: test.status, Header: test.header})
			until := r.limitedUntil("registry")
			if test.want == 0 {
				if !until.IsZero() {
					t.Fatalf("it is left alone until %v", until)
				}
				return
			}
			if got := until.Sub(now); got != test.want {
				t.Errorf("it is left alone for %v, not %v", got, test.want)
			}
			if !r.limitedUntil("other").IsZero() {
				t.Error("so is another one")
			}
			now = now.Add(test.want)
			if until := r.limitedUntil("registry"); !until.IsZero() {
				t.Errorf("it is still left alone until %v", until)
			}
		})
	}
}
