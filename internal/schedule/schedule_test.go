package schedule_test

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the machine may have none

	"lxdocker/internal/schedule"
)

func parse(t testing.TB, text string) schedule.Schedule {
	t.Helper()
	s, err := schedule.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	where, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return where
}

const form = "2006-01-02 15:04 MST"

// runs are the first times after a moment, separated by commas.
func runs(s schedule.Schedule, after time.Time, n int) string {
	var all []string
	for range n {
		after = s.Next(after)
		all = append(all, after.Format(form))
	}
	return strings.Join(all, ", ")
}

func TestSchedulesMeanWhatCrontabSays(t *testing.T) {
	after := time.Date(2026, 11, 30, 5, 17, 0, 0, time.UTC) // a Monday
	for text, want := range map[string]string{
		"17 */6 * * *":            "2026-11-30 06:17 UTC, 2026-11-30 12:17 UTC, 2026-11-30 18:17 UTC, 2026-12-01 00:17 UTC",
		"17 5 * * *":              "2026-12-01 05:17 UTC, 2026-12-02 05:17 UTC, 2026-12-03 05:17 UTC, 2026-12-04 05:17 UTC",
		"@hourly":                 "2026-11-30 06:00 UTC, 2026-11-30 07:00 UTC, 2026-11-30 08:00 UTC, 2026-11-30 09:00 UTC",
		"@Daily":                  "2026-12-01 00:00 UTC, 2026-12-02 00:00 UTC, 2026-12-03 00:00 UTC, 2026-12-04 00:00 UTC",
		"@midnight":               "2026-12-01 00:00 UTC, 2026-12-02 00:00 UTC, 2026-12-03 00:00 UTC, 2026-12-04 00:00 UTC",
		"@weekly":                 "2026-12-06 00:00 UTC, 2026-12-13 00:00 UTC, 2026-12-20 00:00 UTC, 2026-12-27 00:00 UTC",
		"@monthly":                "2026-12-01 00:00 UTC, 2027-01-01 00:00 UTC, 2027-02-01 00:00 UTC, 2027-03-01 00:00 UTC",
		"@yearly":                 "2027-01-01 00:00 UTC, 2028-01-01 00:00 UTC, 2029-01-01 00:00 UTC, 2030-01-01 00:00 UTC",
		"0 3 * * 7":               "2026-12-06 03:00 UTC, 2026-12-13 03:00 UTC, 2026-12-20 03:00 UTC, 2026-12-27 03:00 UTC",
		"0 3 * * Fri-Sun":         "2026-12-04 03:00 UTC, 2026-12-05 03:00 UTC, 2026-12-06 03:00 UTC, 2026-12-11 03:00 UTC",
		"0 3 * Feb 0":             "2027-02-07 03:00 UTC, 2027-02-14 03:00 UTC, 2027-02-21 03:00 UTC, 2027-02-28 03:00 UTC",
		"0 0 29 2 *":              "2028-02-29 00:00 UTC, 2032-02-29 00:00 UTC, 2036-02-29 00:00 UTC, 2040-02-29 00:00 UTC",
		"10-30/10,50 22 * * *":    "2026-11-30 22:10 UTC, 2026-11-30 22:20 UTC, 2026-11-30 22:30 UTC, 2026-11-30 22:50 UTC",
		"0 0 1,15 * mon":          "2026-12-01 00:00 UTC, 2026-12-07 00:00 UTC, 2026-12-14 00:00 UTC, 2026-12-15 00:00 UTC", // either
		"0 0 */2 * mon":           "2026-12-07 00:00 UTC, 2026-12-21 00:00 UTC, 2027-01-11 00:00 UTC, 2027-01-25 00:00 UTC", // both: it begins with a star
		"0 0 13 * */5":            "2026-12-13 00:00 UTC, 2027-06-13 00:00 UTC, 2027-08-13 00:00 UTC, 2028-02-13 00:00 UTC",
		" 5   4\t* 12 * ":         "2026-12-01 04:05 UTC, 2026-12-02 04:05 UTC, 2026-12-03 04:05 UTC, 2026-12-04 04:05 UTC",
		"*/59 0 31 jan,mar-apr *": "2027-01-31 00:00 UTC, 2027-01-31 00:59 UTC, 2027-03-31 00:00 UTC, 2027-03-31 00:59 UTC",
	} {
		if got := runs(parse(t, text), after, 4); got != want {
			t.Errorf("%s: %s, not %s", text, got, want)
		}
	}
}

func TestWrongSchedulesSayWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"":                             `"" has 0 fields`,
		"6h":                           "has 1 fields, and there are five: minute, hour",
		"0 17 */6 * * *":               "has 6 fields",
		"60 * * * *":                   `minute "60" is not a number from 0 to 59`,
		"* 24 * * *":                   `hour "24" is not a number from 0 to 23`,
		"* * 0 * *":                    "day of the month",
		"* * * 13 *":                   "none of jan feb",
		"* * * * 8":                    `weekday "8" is not a number from 0 to 7, and none of sun mon`,
		"-1 * * * *":                   `minute "" is not`,
		"+1 * * * *":                   `minute "+1" is not`,
		"5/10 * * * *":                 `a step needs a range, as in 5-59/10 or */10`,
		"*/0 * * * *":                  "the step is not a number from 1 to 60",
		"*/90 * * * *":                 "the step is not a number from 1 to 60",
		"30-10 * * * *":                "the range ends before it begins",
		"1,,2 * * * *":                 `minute "" is not`,
		"0 0 30 2 *":                   "there is no such day",
		"? * * * *":                    `minute "?" is not`,
		"@every 1h":                    "none of @hourly, @daily",
		"@reboot":                      "none of @hourly",
		"TZ=UTC 0 0 * * *":             "has 6 fields",
		"0 0 * * montag":               "none of sun mon",
		"*-5 * * * *":                  `minute "*" is not`,
		"0 0 l * *":                    `"l" is not`,
		"0 0 * * 18446744073709551617": "not a number from 0 to 7",
	} {
		if s, err := schedule.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v", text, s, err)
		}
	}
}

func TestATimeThatDoesNotExistComesAtTheChange(t *testing.T) {
	berlin := location(t, "Europe/Berlin")
	before := time.Date(2026, 3, 29, 1, 50, 0, 0, berlin) // at two it is three
	for text, want := range map[string]string{
		"30 2 * * *":      "2026-03-29 03:00 CEST, 2026-03-30 02:30 CEST",
		"0,30 * * * *":    "2026-03-29 03:00 CEST, 2026-03-29 03:30 CEST",
		"45,15 2,3 * * *": "2026-03-29 03:00 CEST, 2026-03-29 03:15 CEST",
		"0 3 * * *":       "2026-03-29 03:00 CEST, 2026-03-30 03:00 CEST",
	} {
		if got := runs(parse(t, text), before, 2); got != want {
			t.Errorf("%s: %s, not %s", text, got, want)
		}
	}
}

func TestATimeThatComesTwiceCountsOnce(t *testing.T) {
	berlin := location(t, "Europe/Berlin")
	before := time.Date(2026, 10, 25, 1, 50, 0, 0, berlin) // at three it is two
	for text, want := range map[string]string{
		"30 2 * * *":   "2026-10-25 02:30 CEST, 2026-10-26 02:30 CET",
		"0,30 * * * *": "2026-10-25 02:00 CEST, 2026-10-25 02:30 CEST, 2026-10-25 03:00 CET",
	} {
		if got := runs(parse(t, text), before, strings.Count(want, ",")+1); got != want {
			t.Errorf("%s: %s, not %s", text, got, want)
		}
	}
	second := time.Date(2026, 10, 25, 3, 0, 0, 0, berlin).Add(-20 * time.Minute)
	if got := runs(parse(t, "45 2 * * *"), second, 1); got != "2026-10-26 02:45 CET" {
		t.Errorf("after %s comes %s", second.Format(form), got)
	}
}
