package systemd

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// manager is a service manager that listens at a socket of its own.
func manager(t *testing.T) (m *Manager, heard func() string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	return New(slog.New(slog.DiscardHandler)), func() string {
		t.Helper()
		b := make([]byte, 4096)
		n, err := c.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
}

func TestTheManagerHearsHowTheProgramIs(t *testing.T) {
	m, heard := manager(t)
	if !m.Listens() {
		t.Error("there is a manager, and it is not seen")
	}
	m.Status("12 images")
	m.Status("12 images") // it knows that
	m.Ready()
	m.Reloading()
	m.Status("13 images,\nREADY=1")
	m.Stopping("ending")
	for _, want := range []string{
		`STATUS=12 images`, `READY=1`, `RELOADING=1\nMONOTONIC_USEC=[1-9]\d+`, `STATUS=13 images, READY=1`, `STOPPING=1\nSTATUS=ending`,
	} {
		if got := heard(); !regexp.MustCompile(`^` + want + `$`).MatchString(got) {
			t.Errorf("it heard %q, not %s", got, want)
		}
	}
}

func TestWithoutAManagerNothingIsSaid(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	t.Setenv("WATCHDOG_USEC", "")
	var log bytes.Buffer
	m := New(slog.New(slog.NewTextHandler(&log, nil)))
	m.Ready()
	m.Watch(t.Context(), nil)
	if m.Listens() || log.Len() > 0 {
		t.Errorf("%s", &log)
	}
}

func TestAManagerThatDoesNotHearIsNotedOnce(t *testing.T) {
	var log bytes.Buffer
	failing := errors.New("address family not supported by protocol")
	m := &Manager{log: slog.New(slog.NewTextHandler(&log, nil)), send: func(string) error { return failing }}
	m.Ready()
	m.Status("12 images")
	if n := strings.Count(log.String(), "AF_UNIX"); n != 1 {
		t.Errorf("it was noted %d times:\n%s", n, &log)
	}
}
