package instance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
)

// LogOptions say which lines of a log are shown.
type LogOptions struct {
	Follow     bool
	Timestamps bool
	Since      string // as /lxd-logs has it: 10m, or a time in UTC
	Tail       string // how many lines; "" for all
}

// Logs shows the log of an instance, running or not.
func Logs(ctx context.Context, d *daemon.Client, name string, o LogOptions, stdout, stderr io.Writer) error {
	i, err := d.Instance(ctx, name)
	if err != nil {
		return fmt.Errorf("showing the log of %s: %w", name, err)
	}
	if !i.Running() {
		return stored(ctx, d, name, o, stdout, stderr)
	}
	argv := []string{"/lxd-logs"}
	for flag, set := range map[string]bool{"-f": o.Follow, "-t": o.Timestamps} {
		if set {
			argv = append(argv, flag)
		}
	}
	if o.Since != "" {
		argv = append(argv, "--since="+o.Since)
	}
	if o.Tail != "" {
		argv = append(argv, "--tail="+o.Tail)
	}
	out, complaints := wholeLines(stdout, stderr)
	code, err := d.Exec(ctx, name, argv, out, complaints)
	err = errors.Join(err, out.flush(), complaints.flush())
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("showing the log of %s: %w", name, err)
	case code == 126 || code == 127:
		return failure.Errorf(failure.Unsupported, "showing the log of %s: its image is of an lxdocker that had no log: look at its console", name)
	case code != 0 && !o.Follow: // a stop kills who follows
		return fmt.Errorf("showing the log of %s: /lxd-logs ended with exit code %d", name, code)
	}
	return nil
}

// stored shows the log in the files of an instance that does not run.
func stored(ctx context.Context, d *daemon.Client, name string, o LogOptions, stdout, stderr io.Writer) error {
	since, err := sinceWhen(o.Since)
	if err != nil {
		return err
	}
	show := func(s *shown) error {
		if err := records(ctx, d, name, s.record); err != nil {
			return fmt.Errorf("showing the log of %s: %w", name, err)
		}
		return s.end()
	}
	s := shown{since: since, times: o.Timestamps, stdout: stdout, stderr: stderr}
	if o.Tail != "" && o.Tail != "all" {
		n, err := strconv.Atoi(o.Tail)
		if err != nil || n < 0 {
			return failure.Errorf(failure.Unsupported, "%q is no number of lines", o.Tail)
		}
		// Lines are counted first: there may be more than the memory holds.
		counted := shown{since: since, stdout: io.Discard, stderr: io.Discard}
		if err := show(&counted); err != nil {
			return err
		}
		s.skip = max(0, counted.lines-n)
	}
	return show(&s)
}

// shown shows the records of a log as lines.
type shown struct {
	since          string
	times          bool
	skip, lines    int // how many lines are not shown; how many there were
	stdout, stderr io.Writer

	begun, wanted bool // a line that is not complete; it is shown
	to            io.Writer
	line          []byte // what of it is still to be written
}

func (s *shown) record(r record) error {
	if !s.begun {
		s.begun, s.to = true, s.stdout
		if r.stream == "stderr" {
			s.to = s.stderr
		}
		if s.wanted = r.at >= s.since; s.wanted {
			s.lines++
			s.wanted = s.lines > s.skip
		}
		if s.wanted && s.times {
			s.line = append(append(s.line, r.at...), ' ')
		}
	}
	if s.wanted {
		s.line = append(s.line, r.text...)
	}
	if !r.partial {
		return s.end()
	}
	if len(s.line) < mostLine {
		return nil
	}
	return s.write()
}

// end ends a line that is not complete.
func (s *shown) end() error {
	wanted := s.begun && s.wanted
	s.begun = false
	if !wanted {
		return nil
	}
	s.line = append(s.line, '\n')
	return s.write()
}

func (s *shown) write() error {
	_, err := s.to.Write(s.line)
	s.line = s.line[:0]
	return err
}

// sinceWhen is the time of --since as it begins in a log.
func sinceWhen(text string) (string, error) {
	if text == "" || len(text) > 4 && text[4] == '-' {
		return text, nil
	}
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(seconds, 0).UTC().Format(time.RFC3339), nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil {
			text = strconv.Itoa(24*n) + "h"
		}
	}
	ago, err := time.ParseDuration(text)
	if err != nil {
		return "", failure.Errorf(failure.Unsupported, "%q is no time: write 90s, 10m, 2h, 3d, or a time in UTC like 2026-11-29T15:30", text)
	}
	return time.Now().Add(-ago).UTC().Format(time.RFC3339), nil
}
