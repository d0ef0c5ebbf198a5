package schedule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Schedule says at which minutes something happens, by the clock on the wall. Parse makes one.
type Schedule struct {
	text                              string
	minute, hour, day, month, weekday set
	everyDay, everyWeekday            bool // the field begins with a star
}

// set has the numbers of a field.
type set uint64

func (s set) has(n int) bool { return s>>n&1 == 1 }

// field is what one of the five may say.
type field struct {
	name     string
	from, to int
	words    []string // for numbers from `from` on
}

var fields = [...]field{
	{name: "minute", from: 0, to: 59},
	{name: "hour", from: 0, to: 23},
	{name: "day of the month", from: 1, to: 31},
	{name: "month", from: 1, to: 12, words: []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
	{name: "weekday", from: 0, to: 7, words: []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}}, // 7 is Sunday, too
}

// nicknames are short for common schedules, as in crontab(5).
var nicknames = map[string]string{
	"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
	"@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}

// Parse reads a schedule: minute, hour, day of the month, month and weekday, each as a star
// or a list of numbers and ranges with steps, such as `17 */6 * * mon-fri`; or a nickname,
// such as @daily. If neither day of the month nor weekday begins with a star, either will do,
// as crontab(5) says.
func Parse(text string) (Schedule, error) {
	s := Schedule{text: strings.TrimSpace(text)}
	expanded := s.text
	if strings.HasPrefix(expanded, "@") {
		known, ok := nicknames[strings.ToLower(expanded)]
		if !ok {
			return Schedule{}, fmt.Errorf("%q is none of @hourly, @daily, @weekly, @monthly and @yearly", expanded)
		}
		expanded = known
	}
	parts := strings.Fields(expanded)
	if len(parts) != len(fields) {
		return Schedule{}, fmt.Errorf("%q has %d fields, and there are five: minute, hour, day of the month, month, weekday, as in '17 */6 * * *'", s.text, len(parts))
	}
	for i, to := range []*set{&s.minute, &s.hour, &s.day, &s.month, &s.weekday} {
		var err error
		if *to, err = fields[i].parse(parts[i]); err != nil {
			return Schedule{}, fmt.Errorf("%q: %w", s.text, err)
		}
	}
	if s.weekday.has(7) {
		s.weekday |= 1
	}
	s.everyDay, s.everyWeekday = parts[2][0] == '*', parts[4][0] == '*'
	if s.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Schedule{}, fmt.Errorf("%q: there is no such day", s.text)
	}
	return s, nil
}

// String is the text that was parsed.
func (s Schedule) String() string { return s.text }

func (f field) parse(text string) (all set, err error) {
	for item := range strings.SplitSeq(text, ",") {
		some, err := f.item(item)
		if err != nil {
			return 0, err
		}
		all |= some
	}
	return all, nil
}

// item reads one of a list: *, 5, 5-10, */2 or 5-10/2.
func (f field) item(text string) (all set, err error) {
	span, by, stepped := strings.Cut(text, "/")
	low, high, ranged := strings.Cut(span, "-")
	from, to, step := f.from, f.to, 1
	if span != "*" {
		if from, err = f.number(low); err != nil {
			return 0, err
		}
		to = from
		if ranged {
			if to, err = f.number(high); err != nil {
				return 0, err
			}
			if to == 0 && from > 0 && f.to == 7 { // fri-sun
				to = 7
			}
		}
		if to < from {
			return 0, fmt.Errorf("%s %q: the range ends before it begins", f.name, text)
		}
	}
	if stepped {
		if span != "*" && !ranged {
			return 0, fmt.Errorf("%s %q: a step needs a range, as in %s-%d/%s or */%s", f.name, text, span, f.to, by, by)
		}
		if step, err = strconv.Atoi(by); err != nil || step < 1 || step > f.to-f.from+1 {
			return 0, fmt.Errorf("%s %q: the step is not a number from 1 to %d", f.name, text, f.to-f.from+1)
		}
	}
	for n := from; n <= to; n += step {
		all |= 1 << n
	}
	return all, nil
}

func (f field) number(text string) (int, error) {
	if i := slices.Index(f.words, strings.ToLower(text)); i >= 0 {
		return f.from + i, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < f.from || n > f.to || strings.HasPrefix(text, "+") {
		hint := ""
		if f.words != nil {
			hint = fmt.Sprintf(", and none of %s", strings.Join(f.words, " "))
		}
		return 0, fmt.Errorf("%s %q is not a number from %d to %d%s", f.name, text, f.from, f.to, hint)
	}
	return n, nil
}
