package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"lxdocker/internal/humanize"
	"lxdocker/internal/status"
)

// mostNames is how many names are listed of images that are held: `lxdocker list` has all.
const mostNames = 10

// printStatus prints a report for people: first whether all is well, then what is not.
func printStatus(w io.Writer, r *status.Report) {
	if r.OK {
		fmt.Fprint(w, "all is well\n\n")
	} else {
		fmt.Fprintf(w, "%s somebody:\n", count(len(r.Problems), "thing needs", "things need"))
		for _, p := range r.Problems {
			printProblem(w, p, r.Time)
		}
		fmt.Fprintln(w)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	printRuns(t, r)
	if n := r.Specs.Versions + r.OnDemand.Versions; n == 0 {
		fmt.Fprintln(t, "images\tnone yet")
	} else {
		fmt.Fprintf(t, "images\t%d of specs, %d on demand; %s\n", r.Specs.Images, r.OnDemand.Images, count(n, "version", "versions"))
	}
	printHeld(t, "pinned", r.Pinned)
	printHeld(t, "held back", r.HeldBack)
	for _, d := range r.Disks {
		fmt.Fprintf(t, "disk\t%s\n", diskText(d, r.Time))
	}
	if r.OnDemand.Limit > 0 {
		fmt.Fprintf(t, "\timages on demand: %s of at most %s\n", humanize.Bytes(r.OnDemand.Bytes), humanize.Bytes(r.OnDemand.Limit))
	}
	for _, c := range r.Certificates {
		printCertificate(t, c, r.Time)
	}
	for _, s := range r.Servers {
		fmt.Fprintf(t, "imgserver\t%s\n", serverText(s, r.Time))
	}
	t.Flush()
	printUnneeded(w, r)
}

func printCertificate(w io.Writer, c status.Certificate, now time.Time) {
	name := c.File
	if c.Name != "" {
		name = "for " + c.Name
	}
	fmt.Fprintf(w, "certificate\t%s", name)
	if !c.Until.IsZero() {
		fmt.Fprintf(w, ", valid until %s\n\tfingerprint %s", c.Until.Local().Format(time.DateOnly), c.Fingerprint)
	}
	fmt.Fprintln(w)
	if c.Renewal != "" && c.Problem == "" {
		fmt.Fprintf(w, "\trenewing it fails since %s, which is tried again: %s\n", moment(*c.Since, now), c.Renewal)
	}
}

func printProblem(w io.Writer, p status.Problem, now time.Time) {
	name := p.What
	if p.Name != "" {
		name += " " + p.Name
	}
	if p.Since != nil {
		name += ", since " + moment(*p.Since, now)
	}
	fmt.Fprintf(w, "  %s\n    %s\n    next: %s\n", name, indented(p.Text), p.Next)
}

// indented is a text of perhaps several lines below a name.
func indented(text string) string { return strings.ReplaceAll(text, "\n", "\n    ") }

func printRuns(w io.Writer, r *status.Report) {
	if r.Run == nil {
		fmt.Fprintf(w, "last run\t%s\n", noRun(r))
		return
	}
	fmt.Fprintf(w, "last run\t%s\n", runText(r.Run, r.Time))
	if last := r.LastComplete; last != nil && !last.Began.Equal(r.Run.Began) {
		fmt.Fprintf(w, "\tbefore: %s\n", runText(last, r.Time))
	}
}

// noRun says why no run is known.
func noRun(r *status.Report) string {
	if slices.ContainsFunc(r.Problems, func(p status.Problem) bool { return p.What == status.OfRecord }) {
		return "not known: the record of runs cannot be read"
	}
	return "none on all specs so far"
}

func runText(r *status.Run, now time.Time) string {
	by := fmt.Sprintf("by %s (process %s)", r.By, r.Process)
	counts := fmt.Sprintf("%d built, %d unchanged, %d failed, %d removed", r.Built, r.Unchanged, r.Failed, r.Removed)
	if r.Wrong > 0 {
		counts += ", " + count(r.Wrong, "wrong spec", "wrong specs")
	}
	switch r.State {
	case status.UnderWay:
		return fmt.Sprintf("under way since %s, %s", moment(r.Began, now), by)
	case status.Killed:
		return fmt.Sprintf("began %s, %s, and was killed", moment(r.Began, now), by)
	case status.Unknown:
		return fmt.Sprintf("began %s, %s; only the user who runs it can see whether it is under way", moment(r.Began, now), by)
	}
	took := r.Ended.Sub(r.Began).Round(time.Second)
	return fmt.Sprintf("%s %s after %s, %s: %s", r.State, moment(*r.Ended, now), took, by, counts)
}

func printHeld(w io.Writer, what string, all []status.Held) {
	for i, h := range all {
		if i == mostNames {
			fmt.Fprintf(w, "\tand %d more, as `lxdocker list` shows\n", len(all)-i)
			return
		}
		since := ""
		if h.Since != nil {
			since = " since " + h.Since.Local().Format(time.DateOnly)
		}
		fmt.Fprintf(w, "%s\t%s at version %s%s\n", what, h.Title, h.Version, since)
		what = ""
	}
}

func diskText(d status.Disk, now time.Time) string {
	text := fmt.Sprintf("%s: %s, %s", d.Of, d.Folder, humanize.Bytes(d.Bytes))
	if d.Limit > 0 {
		text += " of at most " + humanize.Bytes(d.Limit)
	}
	if d.Measured != nil {
		text += ", measured " + moment(*d.Measured, now)
	}
	if d.Size > 0 {
		text += fmt.Sprintf("; %s free of %s", humanize.Bytes(d.Free), humanize.Bytes(d.Size))
	}
	return text
}

func serverText(s status.Server, now time.Time) string {
	text := fmt.Sprintf("process %s, since %s", s.Process, moment(s.Began, now))
	switch {
	case s.State == status.Ended && s.Ended != nil:
		text = fmt.Sprintf("process %s, ended %s", s.Process, moment(*s.Ended, now))
	case s.State == status.Killed:
		text += ", was killed"
	case s.NextLook != nil && s.NextLook.After(now):
		text += "; looks at the specs next at " + s.NextLook.Local().Format(time.DateTime)
	}
	return text
}

// printUnneeded lists what fails and needs nobody: it passes by itself, or somebody has asked
// for something that there is not.
func printUnneeded(w io.Writer, r *status.Report) {
	said := false
	for _, f := range r.Failing {
		if f.Needed {
			continue
		}
		if !said {
			fmt.Fprint(w, "\nfailed on demand, which needs nobody now:\n")
			said = true
		}
		fmt.Fprintf(w, "  %s, last %s\n    %s\n", f.Title, moment(f.Last, r.Time), indented(f.Error))
	}
}

// moment is a time, and how long ago that was.
func moment(at, now time.Time) string {
	ago := now.Sub(at)
	text := at.Local().Format(time.DateTime)
	switch {
	case ago < 0:
		return text
	case ago < time.Minute:
		return text + " (just now)"
	case ago < 2*time.Hour:
		return fmt.Sprintf("%s (%d min ago)", text, int(ago.Minutes()))
	case ago < 48*time.Hour:
		return fmt.Sprintf("%s (%d h ago)", text, int(ago.Hours()))
	}
	return fmt.Sprintf("%s (%d days ago)", text, int(ago.Hours()/24))
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
