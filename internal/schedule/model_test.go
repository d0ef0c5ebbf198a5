package schedule_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/schedule"
)

// model says whether a schedule, which has only numbers, has a minute, by reading it anew.
func model(text string, wall time.Time) bool {
	fields := strings.Fields(text)
	in := func(i, n int) bool {
		return slices.ContainsFunc(strings.Split(fields[i], ","), func(item string) bool {
			span, by, stepped := strings.Cut(item, "/")
			low, high, _ := strings.Cut(span, "-")
			from, _ := strconv.Atoi(low)
			to, err := strconv.Atoi(high)
			if err != nil {
				to = from
			}
			if span == "*" {
				from, to = map[bool]int{true: 1}[i == 2 || i == 3], 59
			}
			step := 1
			if stepped {
				step, _ = strconv.Atoi(by)
			}
			return from <= n && n <= to && (n-from)%step == 0
		})
	}
	day, weekday := in(2, wall.Day()), in(4, int(wall.Weekday())) || wall.Weekday() == time.Sunday && in(4, 7)
	if strings.HasPrefix(fields[2], "*") || strings.HasPrefix(fields[4], "*") {
		day = day && weekday
	} else {
		day = day || weekday
	}
	return in(0, wall.Minute()) && in(1, wall.Hour()) && day && in(3, int(wall.Month()))
}

// modelRuns goes through all minutes of some hours. A minute is due when the clock on the
// wall comes to it, or passes it, for the first time.
func modelRuns(text string, from time.Time, hours int) (all []time.Time) {
	show := func(t time.Time) time.Time {
		_, offset := t.Zone()
		return t.UTC().Add(time.Duration(offset) * time.Second)
	}
	shown := show(from)
	for early := from.Add(-3 * time.Hour); early.Before(from); early = early.Add(time.Minute) {
		if s := show(early); s.After(shown) {
			shown = s
		}
	}
	for t := from.Add(time.Minute); t.Sub(from) <= time.Duration(hours)*time.Hour; t = t.Add(time.Minute) {
		due := false
		for shown.Before(show(t)) {
			shown = shown.Add(time.Minute)
			due = due || model(text, shown)
		}
		if due {
			all = append(all, t)
		}
	}
	return all
}

// item makes one of a list at random.
func item(r *rand.Rand, from, to int) string {
	a, b := from+r.IntN(to-from+1), from+r.IntN(to-from+1)
	low, high := min(a, b), max(a, b)
	switch r.IntN(6) {
	case 0, 1:
		return "*"
	case 2:
		return fmt.Sprintf("*/%d", 1+r.IntN(to-from+1))
	case 3:
		return strconv.Itoa(a)
	case 4:
		return fmt.Sprintf("%d-%d", low, high)
	}
	return fmt.Sprintf("%d-%d/%d", low, high, 1+r.IntN(5))
}

// TestNextIsWhatEveryMinuteSays: around the changes of clocks that are put forward and back
// by an hour, by half of one, and never, in both halves of the world.
func TestNextIsWhatEveryMinuteSays(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	changes := map[string][]string{
		"Europe/Berlin":       {"2026-03-29T00:00Z", "2026-10-25T00:00Z"},
		"America/New_York":    {"2026-03-08T06:00Z", "2026-11-01T05:00Z"},
		"Australia/Lord_Howe": {"2026-04-04T14:00Z", "2026-10-03T15:00Z"},
		"America/Santiago":    {"2026-04-05T02:00Z", "2026-09-06T03:00Z"}, // at midnight
		"Asia/Tokyo":          {"2026-12-31T20:00Z"},
	}
	for name, moments := range changes {
		where := location(t, name)
		for _, moment := range moments {
			at, err := time.Parse("2006-01-02T15:04Z07:00", moment)
			if err != nil {
				t.Fatal(err)
			}
			for range 12 {
				text := strings.Join([]string{item(r, 0, 59) + "," + item(r, 0, 59), item(r, 0, 23), item(r, 1, 28), "*", item(r, 0, 7)}, " ")
				from := at.Add(time.Duration(r.IntN(6*60)-3*60) * time.Minute).In(where)
				s, hours := parse(t, text), 48
				var got []time.Time
				for next := s.Next(from); !next.IsZero() && next.Sub(from) <= time.Duration(hours)*time.Hour; next = s.Next(next) {
					got = append(got, next)
				}
				if want := modelRuns(text, from, hours); !slices.EqualFunc(got, want, time.Time.Equal) {
					t.Fatalf("%s after %s: there are %d times, not %d; the first %v, %v", text, from, len(got), len(want), first(got, want), first(want, got))
				}
			}
		}
	}
}

// first is what is in one list, and not in another.
func first(all, but []time.Time) []time.Time {
	for _, t := range all {
		if !slices.ContainsFunc(but, t.Equal) {
			return []time.Time{t}
		}
	}
	return nil
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"17 */6 * * *", "@daily", "0 0 29 2 sun", "1-5/2,7 * * jan-mar 7", "TZ= * * * *"} {
		f.Add(seed)
	}
	now := time.Date(2026, 11, 30, 5, 17, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := schedule.Parse(text)
		if err != nil {
			return
		}
		if next := s.Next(now); !next.After(now) || next.Second() != 0 {
			t.Errorf("after %s comes %s", now, next)
		}
	})
}
