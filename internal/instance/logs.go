package instance

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
)

// mostLog is how much of each of the two files of a log is read.
const mostLog = 1 << 30

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
	code, err := d.Exec(ctx, name, argv, stdout, stderr)
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
	records, err := records(ctx, d, name)
	if err != nil {
		return fmt.Errorf("showing the log of %s: %w", name, err)
	}
	var lines []line
	for _, l := range joined(records) {
		if l.at >= since {
			lines = append(lines, l)
		}
	}
	if o.Tail != "" && o.Tail != "all" {
		n, err := strconv.Atoi(o.Tail)
		if err != nil || n < 0 {
			return failure.Errorf(failure.Unsupported, "%q is no number of lines", o.Tail)
		}
		lines = lines[max(0, len(lines)-n):]
	}
	for _, l := range lines {
		to := stdout
		if l.stream == "stderr" {
			to = stderr
		}
		text := l.text + "\n"
		if o.Timestamps {
			text = l.at + " " + text
		}
		if _, err := io.WriteString(to, text); err != nil {
			return err
		}
	}
	return nil
}

// line is one line of a log: "2026-11-29T15:30:42Z stdout F text", whose third word is P if
// the line goes on in the next record (docs/internals.md).
type line struct {
	at, stream string
	partial    bool
	text       string
}

// records reads both files of a log, the older first.
func records(ctx context.Context, d *daemon.Client, name string) (all []line, err error) {
	var files [2][]byte
	var numbers [2]int
	for n := range files {
		files[n], err = d.ReadFile(ctx, name, fmt.Sprintf("/.lxdocker/log/%d", n), mostLog)
		if err != nil && !daemon.NotFound(err) {
			return nil, err
		}
		head, _, _ := bytes.Cut(files[n], []byte("\n"))
		numbers[n], _ = strconv.Atoi(strings.TrimPrefix(string(head), "# "))
	}
	if numbers[0] > numbers[1] {
		files[0], files[1] = files[1], files[0]
	}
	for _, file := range files {
		for record := range strings.Lines(string(file)) {
			at, rest, _ := strings.Cut(strings.TrimSuffix(record, "\n"), " ")
			stream, rest, _ := strings.Cut(rest, " ")
			mark, text, ok := strings.Cut(rest, " ")
			if ok && (stream == "stdout" || stream == "stderr") {
				all = append(all, line{at, stream, mark == "P", text})
			}
		}
	}
	return all, nil
}

// joined puts the parts of lines together.
func joined(records []line) (lines []line) {
	var begun *line
	for _, r := range records {
		if begun == nil {
			begun = &line{at: r.at, stream: r.stream}
		}
		begun.text += r.text
		if !r.partial {
			lines = append(lines, *begun)
			begun = nil
		}
	}
	if begun != nil {
		lines = append(lines, *begun)
	}
	return lines
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
