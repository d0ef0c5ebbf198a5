package instance

import (
	"context"
	"fmt"
	"io"
	"time"

	"lxdocker/internal/daemon"
)

// Follow shows the output of an instance that was just started for the first time, until
// it has stopped, and says how its application has ended.
func Follow(ctx context.Context, d *daemon.Client, name string, stdout, stderr io.Writer) (Exit, bool, error) {
	seen := map[string]*counter{"stdout": {to: stdout}, "stderr": {to: stderr}}
	for {
		if _, err := d.Exec(ctx, name, []string{"/lxd-logs", "-f"}, seen["stdout"], seen["stderr"]); ctx.Err() != nil {
			return Exit{}, false, ctx.Err()
		} else if err != nil && daemon.NotFound(err) {
			return Exit{}, false, fmt.Errorf("following %s: %w", name, err)
		}
		if stopped(ctx, d, name, time.Now().Add(5*time.Second)) {
			break
		}
		// The instance runs, and only the way to its output has broken: it is shown from
		// where it was.
		for _, c := range seen {
			c.skip, c.n = c.n, 0
		}
	}
	return ended(ctx, d, name, seen)
}

// ended shows what was printed last, which who followed may have missed.
func ended(ctx context.Context, d *daemon.Client, name string, seen map[string]*counter) (e Exit, known bool, err error) {
	all, err := records(ctx, d, name)
	if err != nil {
		return e, false, fmt.Errorf("reading the log of %s: %w", name, err)
	}
	for _, c := range seen {
		c.skip, c.n = c.n, 0
	}
	for _, l := range joined(all) {
		if _, err := io.WriteString(seen[l.stream], l.text+"\n"); err != nil {
			return e, false, err
		}
	}
	return LastExit(ctx, d, name)
}

// counter passes on what was not passed on before.
type counter struct {
	to      io.Writer
	n, skip int64
}

func (c *counter) Write(p []byte) (int, error) {
	known := min(max(c.skip-c.n, 0), int64(len(p)))
	c.n += int64(len(p))
	if known == int64(len(p)) {
		return len(p), nil
	}
	n, err := c.to.Write(p[known:])
	return int(known) + n, err
}
