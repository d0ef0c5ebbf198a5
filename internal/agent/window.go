package agent

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"lxdocker/internal/schedule"
)

// Window is a time of the day, by the clock on the wall, in which updates may begin.
type Window struct {
	text       string
	begin, end schedule.Schedule
	zone       *time.Location
}

var span = regexp.MustCompile(`^(\d\d?):(\d\d)-(\d\d?):(\d\d)$`)

// ParseWindow reads a window: [DAYS] FROM-TO [ZONE], such as `mon-fri 02:00-05:00
// Europe/Berlin`. DAYS are those on which it opens, as in crontab(5); it may end on the day
// after. Without a zone, it is that of the agent.
func ParseWindow(text string) (w Window, err error) {
	w = Window{text: strings.Join(strings.Fields(text), " "), zone: time.Local}
	parts := strings.Fields(text)
	days := "*"
	if len(parts) > 1 && !span.MatchString(parts[0]) {
		days, parts = parts[0], parts[1:]
	}
	if len(parts) < 1 || len(parts) > 2 {
		return w, fmt.Errorf("%q is no window like 02:00-05:00 or `sat,sun 01:00-06:00 Europe/Berlin`", w.text)
	}
	times := span.FindStringSubmatch(parts[0])
	if times == nil {
		return w, fmt.Errorf("%q is no window like 02:00-05:00 or `sat,sun 01:00-06:00 Europe/Berlin`", w.text)
	}
	if times[3] == "24" && times[4] == "00" {
		times[3] = "0"
	}
	if w.begin, err = schedule.Parse(fmt.Sprintf("%s %s * * %s", times[2], times[1], days)); err != nil {
		return w, fmt.Errorf("the window %q: %w", w.text, err)
	}
	if w.end, err = schedule.Parse(fmt.Sprintf("%s %s * * *", times[4], times[3])); err != nil {
		return w, fmt.Errorf("the window %q: %w", w.text, err)
	}
	if len(parts) == 2 {
		if w.zone, err = time.LoadLocation(parts[1]); err != nil {
			return w, fmt.Errorf("the window %q: %w: it is a zone like Europe/Berlin, and the package tzdata knows them", w.text, err)
		}
	}
	return w, nil
}

// String is the window as it was written.
func (w Window) String() string { return w.text }

// opened is when the window has opened that is open now; false if it is not.
func (w Window) opened(now time.Time) (at time.Time, open bool) {
	now = now.In(w.zone)
	// A day has up to 25 hours, and a window is no longer than one.
	for at = w.begin.Next(now.Add(-26 * time.Hour)); !at.IsZero() && !at.After(now); at = w.begin.Next(at) {
		if w.end.Next(at).After(now) {
			return at, true
		}
	}
	return at, false
}

// opened is when the windows have opened that are open now, the last of them. No windows
// are open always, and for the pause after a failure they have opened a day ago.
func opened(windows []Window, now time.Time) (at time.Time, open bool) {
	if len(windows) == 0 {
		return now.Add(-24 * time.Hour), true
	}
	for _, w := range windows {
		if since, ok := w.opened(now); ok && since.After(at) {
			at, open = since, true
		}
	}
	return at, open
}

// opens is when the next window opens; zero if there are none.
func opens(windows []Window, now time.Time) (at time.Time) {
	for _, w := range windows {
		if next := w.begin.Next(now.In(w.zone)); at.IsZero() || next.Before(at) {
			at = next
		}
	}
	return at
}
