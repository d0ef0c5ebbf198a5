package instance

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

const aLog = `# 7
2026-11-30T10:00:00Z stdout F a
2026-11-30T10:00:01Z stderr P b
2026-11-30T10:00:02Z stderr F c
no record
2026-11-30T10:00:03Z stdout F 
2026-11-30T10:00:03Z stdout P d`

// logged shows a log file, and returns what goes to stdout and stderr.
func logged(t *testing.T, file string, s shown) (stdout, stderr string, lines int) {
	t.Helper()
	var out, complaints strings.Builder
	s.stdout, s.stderr = &out, &complaints
	if err := errors.Join(eachRecord(strings.NewReader(file), s.record), s.end()); err != nil {
		t.Fatal(err)
	}
	return out.String(), complaints.String(), s.lines
}

func TestALogIsShownAsLines(t *testing.T) {
	for name, row := range map[string]struct {
		s              shown
		stdout, stderr string
		lines          int
	}{
		"all of it":     {shown{}, "a\n\nd\n", "bc\n", 4},
		"with times":    {shown{times: true, skip: 1}, "2026-11-30T10:00:03Z \n2026-11-30T10:00:03Z d\n", "2026-11-30T10:00:01Z bc\n", 4},
		"the end of it": {shown{skip: 3}, "d\n", "", 4},
		"since then":    {shown{since: "2026-11-30T10:00:01"}, "\nd\n", "bc\n", 3},
		"after all":     {shown{since: "2027"}, "", "", 0},
	} {
		if stdout, stderr, lines := logged(t, aLog, row.s); stdout != row.stdout || stderr != row.stderr || lines != row.lines {
			t.Errorf("%s: %q, %q, %d lines", name, stdout, stderr, lines)
		}
	}
}

func TestWhatIsNoLogIsPassedOver(t *testing.T) {
	long := strings.Repeat("x", 3*mostRecord)
	file := long + "\n2026-11-30T10:00:00Z stdout F a\n2026-11-30T10:00:00Z stdout F " + long + "\n2026-11-30T10:00:01Z stdout F b\n" + long
	if stdout, stderr, _ := logged(t, file, shown{}); stdout != "a\nb\n" || stderr != "" {
		t.Errorf("%d bytes, %q", len(stdout), stderr)
	}
}

// Whatever is cut off wherever, and shown again from wherever, each byte is passed on once.
func TestWhatWasShownIsNotShownAgain(t *testing.T) {
	var all, want strings.Builder
	for n := range 40 {
		text := strings.Repeat("x", n%7) + fmt.Sprintf(" %d", n)
		fmt.Fprintf(&all, "2026-11-30T10:00:%02dZ %s\n", n/8, text)
		want.WriteString(text + "\n")
	}
	log := all.String()
	write := func(s *stamped, text string) {
		for len(text) > 0 { // in pieces
			n := min(len(text), 5)
			if _, err := s.Write([]byte(text[:n])); err != nil {
				t.Fatal(err)
			}
			text = text[n:]
		}
	}
	for cut := range len(log) {
		for _, from := range []int{0, strings.Index(log, "2026-11-30T10:00:02Z")} {
			if from > cut {
				continue // it was not shown yet
			}
			var out strings.Builder
			f := newFollower(&out, &out)
			write(f.stdout, log[:cut])
			if since := f.again(); since != "" {
				t.Fatalf("nothing came from the other stream, and it begins at %s", since)
			}
			write(f.stdout, log[:cut/2])
			f.again()
			write(f.stdout, log[from:])
			if err := f.stdout.to.flush(); err != nil || out.String() != want.String() {
				t.Fatalf("cut at %d, and from %d: %q, %v", cut, from, out.String(), err)
			}
		}
	}
}

func TestATimeInTheMiddleOfALineIsNoTextOfIt(t *testing.T) {
	first, second := strings.Repeat("a", piece), strings.Repeat("b", piece)
	const stamp = "2026-11-30T10:00:00Z "
	for name, row := range map[string]struct{ shown, want string }{
		"as one":            {stamp + first + second + "c\n", first + second + "c\n"},
		"after a wait":      {stamp + first + stamp + second + stamp + "c\n", first + second + "c\n"},
		"its end":           {stamp + first + second + "\n", first + second + "\n"},
		"elsewhere":         {stamp + "x" + stamp + "y\n", "x" + stamp + "y\n"},
		"nearly a time":     {stamp + first + "2026-11-30T10:00:00Zx\n", first + "2026-11-30T10:00:00Zx\n"},
		"two lines":         {stamp + first + "\n" + stamp + "d\n", first + "\nd\n"},
		"the end of a time": {stamp + first + "2026-11-30T10:00\n" + stamp + "d\n", first + "2026-11-30T10:00\nd\n"},
	} {
		for _, size := range []int{1, 7, 4000, len(row.shown)} {
			var out strings.Builder
			f := newFollower(&out, &out)
			for rest := row.shown; len(rest) > 0; {
				n := min(size, len(rest))
				if _, err := f.stdout.Write([]byte(rest[:n])); err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			if out.String() != row.want {
				t.Errorf("%s, in pieces of %d: %d bytes, not %d", name, size, out.Len(), len(row.want))
			}
		}
	}
}

func TestComplaintsAreShownAsTheyAre(t *testing.T) {
	var out strings.Builder
	f := newFollower(&out, &out)
	for _, text := range []string{"usage\nlxdocker: there is no log\n", "2026-11-30T10:00:00Z a\n", strings.Repeat("x", 2*mostStamp) + " y\n2026-11-30T10:00:00Z  b"} {
		if _, err := f.stderr.Write([]byte(text)); err != nil {
			t.Error(err)
		}
	}
	if err := f.stderr.to.flush(); err != nil || out.String() != "usage\nlxdocker: there is no log\na\n"+strings.Repeat("x", 2*mostStamp)+" y\n b" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func TestLinesOfTwoStreamsAreNotMixed(t *testing.T) {
	var both strings.Builder
	out, complaints := wholeLines(&both, &both)
	for _, part := range []struct {
		to   *lineWriter
		text string
	}{{out, "one"}, {complaints, "two\nthr"}, {out, " more\n"}, {complaints, "ee\nfour"}, {out, "five"}} {
		if n, err := part.to.Write([]byte(part.text)); n != len(part.text) || err != nil {
			t.Error(n, err)
		}
	}
	if err := errors.Join(out.flush(), complaints.flush()); err != nil || both.String() != "two\none more\nthree\nfivefour" {
		t.Errorf("%q, %v", both.String(), err)
	}
	if _, err := out.Write(make([]byte, mostLine)); err != nil || len(out.rest) != 0 {
		t.Errorf("%d bytes of a line without an end are kept", len(out.rest))
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no room") }

func TestThatNobodyTakesTheOutputIsSaid(t *testing.T) {
	f := newFollower(full{}, &strings.Builder{})
	if _, err := f.stdout.Write([]byte("2026-11-30T10:00:00Z text\n")); err == nil {
		t.Error("it was written")
	}
	if err := f.wrong(); !errors.Is(err, ErrOutput) || !strings.Contains(err.Error(), "no room") {
		t.Error(err)
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
