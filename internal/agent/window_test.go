package agent

import (
	"testing"
	"time"
)

func at(t *testing.T, zone, text string) time.Time {
	t.Helper()
	where, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	when, err := time.ParseInLocation("2006-01-02 15:04", text, where)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func TestWindows(t *testing.T) {
	const berlin = "Europe/Berlin"
	for name, row := range map[string]struct {
		window, zone, now string
		since             string // "": it is closed
	}{
		"before it opens":                        {"02:00-05:00 Europe/Berlin", berlin, "2026-11-30 01:59", ""},
		"when it opens":                          {"02:00-05:00 Europe/Berlin", berlin, "2026-11-30 02:00", "2026-11-30 02:00"},
		"in its last minute":                     {"02:00-05:00 Europe/Berlin", berlin, "2026-11-30 04:59", "2026-11-30 02:00"},
		"when it ends":                           {"02:00-05:00 Europe/Berlin", berlin, "2026-11-30 05:00", ""},
		"in another zone":                        {"02:00-05:00 Europe/Berlin", "UTC", "2026-11-30 01:30", "2026-11-30 01:00"},
		"across midnight":                        {"22:30-01:30 Europe/Berlin", berlin, "2026-12-01 01:29", "2026-11-30 22:30"},
		"on the day after a day that it opens":   {"sun 22:00-02:00 Europe/Berlin", berlin, "2026-11-30 01:00", "2026-11-29 22:00"},
		"on a day that it does not":              {"sat,sun 01:00-06:00 Europe/Berlin", berlin, "2026-11-30 02:00", ""},
		"a whole day":                            {"mon 00:00-24:00 Europe/Berlin", berlin, "2026-11-30 23:59", "2026-11-30 00:00"},
		"after a whole day":                      {"mon 00:00-24:00 Europe/Berlin", berlin, "2026-12-01 00:00", ""},
		"in the night that has no two o'clock":   {"02:00-05:00 Europe/Berlin", berlin, "2026-03-29 04:59", "2026-03-29 03:00"},
		"in the night that has one hour twice  ": {"02:00-05:00 Europe/Berlin", berlin, "2026-10-25 04:30", "2026-10-25 02:00"},
	} {
		w, err := ParseWindow(row.window)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		since, open := opened([]Window{w}, at(t, row.zone, row.now))
		if open != (row.since != "") || open && since.In(at(t, row.zone, row.now).Location()).Format("2006-01-02 15:04") != row.since {
			t.Errorf("%s: it is open: %v, since %v", name, open, since)
		}
	}
}

func TestTheNextWindowIsTheFirstOfAll(t *testing.T) {
	var all []Window
	for _, text := range []string{"sat 01:00-02:00 UTC", "wed 03:00-04:00 UTC"} {
		w, err := ParseWindow(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, w)
	}
	if got := opens(all, at(t, "UTC", "2026-11-30 12:00")); !got.Equal(at(t, "UTC", "2026-12-02 03:00")) {
		t.Errorf("it opens at %v", got)
	}
	if got := opens(nil, time.Now()); !got.IsZero() {
		t.Errorf("without windows, one opens at %v", got)
	}
}

func TestMistakesInWindows(t *testing.T) {
	for _, text := range []string{"", "night", "02:00", "25:00-26:00", "02:60-03:00", "02:00-05:00 Europe/Nowhere", "someday 02:00-05:00", "mon 02:00-05:00 UTC now"} {
		if w, err := ParseWindow(text); err == nil {
			t.Errorf("%q is the window %v", text, w)
		}
	}
}
