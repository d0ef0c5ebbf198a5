package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"lxdocker/internal/server/servertest"
	"lxdocker/internal/store/dir"
)

// serviceManager hears what a server says that is started after it.
type serviceManager struct {
	t    *testing.T
	conn *net.UnixConn
}

func newServiceManager(t *testing.T) *serviceManager {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	return &serviceManager{t, c}
}

// hears waits for a message with a text, and returns all until then.
func (m *serviceManager) hears(text string) (all string) {
	m.t.Helper()
	b := make([]byte, 4096)
	if err := m.conn.SetReadDeadline(time.Now().Add(3 * time.Minute)); err != nil {
		m.t.Fatal(err)
	}
	for {
		n, err := m.conn.Read(b)
		if err != nil {
			m.t.Fatalf("%q was not said, but\n%s", text, all)
		}
		all += string(b[:n]) + "\n"
		if strings.Contains(string(b[:n]), text) {
			return all
		}
	}
}

func TestTheServiceManagerIsToldHowTheServerIs(t *testing.T) {
	m := newServiceManager(t)
	t.Setenv("WATCHDOG_USEC", "200000")
	folder := filepath.Join(t.TempDir(), "images")
	split(t, folder, "web", []byte("root file system"))
	s := started(t, folder)
	before, address := m.hears("READY=1"), strings.TrimPrefix(s.URL, "https://")
	if want := fmt.Sprintf("STATUS=reading the images in %s\nSTATUS=serving on %s (images: 1)\nREADY=1\n", folder, address); before != want {
		t.Errorf("it said\n%snot\n%s", before, want)
	}
	m.hears("WATCHDOG=1")
	m.hears("WATCHDOG=1") // again and again
	send(t, s, syscall.SIGHUP)
	if got := m.hears("RELOADING=1"); !strings.Contains(got, "\nMONOTONIC_USEC=") {
		t.Errorf("it reloads without saying when:\n%s", got)
	}
	m.hears("READY=1")
	send(t, s, syscall.SIGTERM)
	m.hears("STOPPING=1\nSTATUS=ending")
	if code, err := s.Wait(); code != 0 || err != nil {
		t.Errorf("exit code %d, %v", code, err)
	}
	if log := s.Log.String(); strings.Contains(log, "index.json") {
		t.Errorf("it logs its own questions:\n%s", log)
	}
}

func TestTheStatusIsThatOfNow(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "images")
	split(t, folder, "web", []byte("root file system"))
	images, err := dir.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	s := &supervised{address: &net.TCPAddr{IP: net.IPv6zero, Port: 443}, images: images}
	want := func(text string) {
		t.Helper()
		if got := s.status(t.Context()); got != text {
			t.Errorf("it is %q, not %q", got, text)
		}
	}
	want("serving on [::]:443 (images: 1)")
	split(t, folder, "db", []byte("another root file system"))
	want("serving on [::]:443 (images: 2)")
	wrong := true
	s.wrong = func() bool { return wrong }
	want("serving on [::]:443 (images: 2); the settings are wrong, and those of before count: the log says more")
	wrong = false
	want("serving on [::]:443 (images: 2)")
	if err := os.Rename(folder, folder+"-away"); err != nil {
		t.Fatal(err)
	}
	if got := s.status(t.Context()); !strings.Contains(got, "on [::]:443, but the images cannot be read") {
		t.Errorf("without the folder it is %q", got)
	}
}

func send(t *testing.T, s *servertest.Process, what syscall.Signal) {
	t.Helper()
	if err := s.Signal(what); err != nil {
		t.Fatal(err)
	}
}
