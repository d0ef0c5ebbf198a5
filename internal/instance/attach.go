package instance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"lxdocker/internal/daemon"
)

// ErrOutput says that nobody takes the output of an application any more.
var ErrOutput = errors.New("writing the output")

// Follow shows the output of an instance that was just started for the first time, until
// it has stopped, and says how its application has ended. An ErrOutput says that it still
// runs, and that stdout or stderr takes nothing.
func Follow(ctx context.Context, d *daemon.Client, name string, stdout, stderr io.Writer) (Exit, bool, error) {
	f := newFollower(stdout, stderr)
	argv := []string{"/lxd-logs", "-f", "-t"}
	for {
		if _, err := d.Exec(ctx, name, argv, f.stdout, f.stderr); ctx.Err() != nil {
			return Exit{}, false, ctx.Err()
		} else if wrong := f.wrong(); wrong != nil {
			return Exit{}, false, wrong
		} else if err != nil && daemon.NotFound(err) {
			return Exit{}, false, fmt.Errorf("following %s: %w", name, err)
		}
		since := f.again()
		if stopped(ctx, d, name, time.Now().Add(5*time.Second)) {
			break
		}
		// The instance runs, and only the way to its output has broken: it is shown from
		// where it was.
		if argv = argv[:3]; since != "" {
			argv = append(argv, "--since="+since)
		}
	}
	return f.ended(ctx, d, name)
}

// follower passes on the output of an application, each line once.
type follower struct{ stdout, stderr *stamped }

func newFollower(stdout, stderr io.Writer) *follower {
	out, complaints := wholeLines(stdout, stderr)
	return &follower{&stamped{to: out}, &stamped{to: complaints}}
}

// again prepares for the log to be shown again, and returns from when on it has to be.
func (f *follower) again() string { return min(f.stdout.again(), f.stderr.again()) }

// wrong says why nothing can be passed on.
func (f *follower) wrong() error {
	for _, s := range []*stamped{f.stdout, f.stderr} {
		if s.to.err != nil {
			return fmt.Errorf("%w: %w", ErrOutput, s.to.err)
		}
	}
	return nil
}

// ended shows what was printed last, which who followed may have missed.
func (f *follower) ended(ctx context.Context, d *daemon.Client, name string) (e Exit, known bool, err error) {
	err = stored(ctx, d, name, LogOptions{Timestamps: true}, f.stdout, f.stderr)
	_ = errors.Join(f.stdout.to.flush(), f.stderr.to.flush()) // wrong says it
	if err = errors.Join(f.wrong(), err); err != nil {
		return e, false, err
	}
	return LastExit(ctx, d, name)
}
