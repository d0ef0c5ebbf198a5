package instance

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"lxdocker/internal/daemon"
)

// most is how long the guest's files are at most: a health check's output is in one.
const most = 64 << 10

// Application is what the guest says of the application (docs/containers.md).
type Application struct {
	Status    string    `json:"status"` // running, waiting, …
	StartedAt time.Time `json:"started_at"`
	EndedAt   time.Time `json:"ended_at"`
	Restarts  int       `json:"restarts"`
	ExitCode  int       `json:"exit_code"`
}

// Checked is what the guest says of the application's health.
type Checked struct {
	Status string `json:"status"` // starting, healthy, unhealthy, none
	Streak int    `json:"failing_streak"`
	Output string `json:"output"`
}

// application asks the guest of a running instance; the zero value if there is none yet.
func application(ctx context.Context, d *daemon.Client, name string) (a Application, err error) {
	return a, guestFile(ctx, d, name, "/run/lxdocker/state", &a)
}

func health(ctx context.Context, d *daemon.Client, name string) (h Checked, err error) {
	return h, guestFile(ctx, d, name, "/run/lxdocker/health", &h)
}

func guestFile(ctx context.Context, d *daemon.Client, name, path string, into any) error {
	data, err := d.ReadFile(ctx, name, path, most)
	if daemon.NotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("reading %s of %s: %w", path, name, err)
	}
	return nil
}

// Exit is how an application has ended for good.
type Exit struct {
	Code int
	At   time.Time
}

// LastExit says how the application of a stopped instance has ended; false if nobody has
// seen that: it was killed, or the host went down.
func LastExit(ctx context.Context, d *daemon.Client, name string) (e Exit, known bool, err error) {
	data, err := d.ReadFile(ctx, name, "/.lxdocker/exit", most)
	if daemon.NotFound(err) {
		return e, false, nil
	}
	if err != nil {
		return e, false, fmt.Errorf("looking how %s ended: %w", name, err)
	}
	code, at, _ := strings.Cut(strings.TrimSpace(string(data)), " ")
	if e.Code, err = strconv.Atoi(code); err != nil {
		return e, false, nil // empty after a power failure
	}
	e.At, _ = time.Parse(time.RFC3339, at)
	return e, true, nil
}
