package schedule

import "time"

// horizon is how many years are looked through: the 29th of February may be far, if it has
// to be of a certain weekday as well.
const horizon = 50

// gap is more than any clock was ever put forward by for summer.
const gap = 3 * time.Hour

// Next is the first time after another one, in the location of that; zero if there is none.
//
// When the clock is put forward, what would happen at times that do not exist happens once,
// at the moment of the change. When it is put back, what happens at times that come twice
// happens the first time only.
func (s Schedule) Next(after time.Time) time.Time {
	after = after.Round(0)
	// The clock on the wall as if it were never put forward or back. What was left out may
	// be due after a time that shows more.
	wall := wallOf(after).Truncate(time.Minute).Add(-gap)
	for {
		if wall = s.from(wall); wall.IsZero() {
			return wall
		}
		if at := when(wall, after.Location()); at.After(after) {
			return at
		}
		wall = wall.Add(time.Minute)
	}
}

// wallOf is what the clock on the wall shows, as a time of UTC.
func wallOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// when is the first moment when the clock on the wall shows a time, or has been put forward
// past it.
func when(wall time.Time, where *time.Location) time.Time {
	t := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), 0, 0, where)
	begin, end := t.ZoneBounds()
	switch shown := wallOf(t); {
	case shown.After(wall): // the change is behind t
		return begin.In(where)
	case shown.Before(wall):
		return end.In(where)
	}
	if begin.IsZero() {
		return t
	}
	_, before := begin.Add(-time.Second).Zone()
	_, now := t.Zone()
	if first := t.Add(time.Duration(now-before) * time.Second); first.Before(begin) && before > now {
		return first
	}
	return t
}

// from is the first minute that is not before another one, of UTC.
func (s Schedule) from(t time.Time) time.Time {
	for last := t.Year() + horizon; t.Year() <= last; {
		year, month, day := t.Date()
		switch {
		case !s.month.has(int(month)):
			t = time.Date(year, month+1, 1, 0, 0, 0, 0, time.UTC)
		case !s.onDay(t):
			t = time.Date(year, month, day+1, 0, 0, 0, 0, time.UTC)
		case !s.hour.has(t.Hour()):
			t = t.Truncate(time.Hour).Add(time.Hour)
		case !s.minute.has(t.Minute()):
			t = t.Add(time.Minute)
		default:
			return t
		}
	}
	return time.Time{}
}

func (s Schedule) onDay(t time.Time) bool {
	day, weekday := s.day.has(t.Day()), s.weekday.has(int(t.Weekday()))
	if s.everyDay || s.everyWeekday {
		return day && weekday
	}
	return day || weekday
}
