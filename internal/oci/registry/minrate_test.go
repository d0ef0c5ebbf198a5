package registry

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// drip delivers that many bytes per Read, and advances a clock by the time that takes.
type drip struct {
	now   *time.Time
	bytes int
	takes time.Duration
}

func (d drip) Read(p []byte) (int, error) {
	*d.now = d.now.Add(d.takes)
	return min(d.bytes, len(p)), nil
}

func (drip) Close() error { return nil }

// readFor reads until the clock of the guard has advanced by long. Each Read brings so many
// bytes and takes so long; a pause of the reader follows it.
func readFor(rate int64, bytes int, takes, pause, long time.Duration) error {
	var now time.Time
	g := &stallGuard{timeout: time.Hour, rate: rate, now: func() time.Time { return now }}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	b := &stallBody{body: drip{&now, bytes, takes}, ctx: ctx, cancel: cancel, timer: time.NewTimer(time.Hour), guard: g}
	defer b.Close()
	buf := make([]byte, 64<<10)
	for now.Before(time.Time{}.Add(long)) {
		if _, err := b.Read(buf); err != nil {
			return err
		}
		now = now.Add(pause)
	}
	return nil
}

func TestADownloadThatHardlyMovesIsGivenUp(t *testing.T) {
	err := readFor(4<<10, 1, 5*time.Second, 0, 5*time.Minute)
	if !errors.Is(err, errSlow) || !strings.Contains(err.Error(), "--min-rate asks for 4 KiB") {
		t.Errorf("a byte every five seconds: %v", err)
	}
	if err := readFor(4<<10, 4096, 1100*time.Millisecond, 0, 5*time.Minute); !errors.Is(err, errSlow) {
		t.Errorf("a little too slow: %v", err)
	}
}

func TestADownloadMayBeSlowOrWait(t *testing.T) {
	if err := readFor(4<<10, 4096, 900*time.Millisecond, 0, 5*time.Minute); err != nil {
		t.Errorf("just fast enough: %v", err)
	}
	if err := readFor(4<<10, 4096, 100*time.Millisecond, time.Minute, time.Hour); err != nil {
		t.Errorf("its reader pauses: %v", err)
	}
	if err := readFor(0, 1, 5*time.Second, 0, 5*time.Minute); err != nil {
		t.Errorf("no rate is asked for: %v", err)
	}
	if err := readFor(4<<10, 64<<10, time.Second, 0, 5*time.Minute); err != nil && err != io.EOF {
		t.Errorf("a fast one: %v", err)
	}
}
