package instance

import (
	"strings"
	"testing"
)

func TestPartsOfLinesArePutTogether(t *testing.T) {
	got := joined([]line{{"1", "stdout", false, "a"}, {"2", "stderr", true, "b"}, {"3", "stderr", false, "c"}, {"4", "stdout", true, "d"}})
	want := []line{{"1", "stdout", false, "a"}, {"2", "stderr", false, "bc"}, {"4", "stdout", false, "d"}}
	if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("%+v", got)
	}
}

func TestWhatWasShownIsNotShownAgain(t *testing.T) {
	var out strings.Builder
	c := &counter{to: &out}
	_, _ = c.Write([]byte("one\ntw"))
	c.skip, c.n = c.n, 0
	for _, part := range []string{"on", "e\nt", "wo\nthree\n"} {
		if n, err := c.Write([]byte(part)); n != len(part) || err != nil {
			t.Error(n, err)
		}
	}
	if out.String() != "one\ntwo\nthree\n" {
		t.Errorf("%q", out.String())
	}
}

func TestTimesAreWrittenAsForTheLog(t *testing.T) {
	for text, want := range map[string]string{"2026-11-29T15": "2026-11-29T15", "0": "1970-01-01T00:00:00Z", "": ""} {
		if got, err := sinceWhen(text); got != want || err != nil {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"10m", "1h30m", "3d"} {
		if got, err := sinceWhen(text); len(got) != 20 || err != nil {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	if _, err := sinceWhen("soon"); err == nil {
		t.Error("soon is a time")
	}
}
